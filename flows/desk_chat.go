package flows

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Organisers work on requests where they are: at a desk (their own group, a topic of it, a channel or a thread), by replying to the
// bot's line about a request, by its buttons, or with /ticket anywhere in private:
//
//	/ticket                    the requests that are not closed
//	/ticket here, off          this group becomes a desk, or is none any more
//	/ticket REF                the request with all that was said; "show" the same
//	/ticket REF take           close, draft
//	/ticket REF note: words    for the other organisers
//	/ticket REF assign WHO     a reference, me or nobody
//	/ticket REF words          an answer; "!name" is a canned one

var ticketRef = regexp.MustCompile(`\bH-[A-Z2-7]{6}-[0-9]{1,4}\b`)

// atDesk hears what is said to the bot in an organisers' group. Others who are in there can ask what anybody may hear, and nothing else.
func (t *Turn) atDesk(in Input) bool {
	name, args, _ := strings.Cut(strings.TrimPrefix(in.Text+in.Choice, "/"), " ")
	command := strings.HasPrefix(in.Text+in.Choice, "/")
	ticketed := command && strings.EqualFold(name, "ticket")
	desk := t.Event.Help.at(t.Chat)
	switch ref := ticketRef.FindString(t.Quoted); {
	case ticketed && (desk || t.may(MaySend) && strings.TrimSpace(args) == "here"):
	case desk && !command && in.Text != "" && len(in.Files) == 0 && ref != "":
		args = ref + " " + in.Text
	case desk && in.Text == "" && in.Choice == "" && len(in.Files) == 0 && ref != "":
		t.Say("team.ticket.unread", "ref", ref) // Discord hides the words of replies that mention nobody
		return true
	default:
		return false
	}
	if !t.may(MaySend) {
		t.Say("team.ticket.refused")
		return true
	}
	t.visit("command", "ticket")
	ticket(t, strings.TrimSpace(args))
	return true
}

// atTicket hears an organiser who replies to a line about a request in private.
func (t *Turn) atTicket(in Input) bool {
	ref := ticketRef.FindString(t.Quoted)
	if ref == "" || in.Text == "" || strings.HasPrefix(in.Text, "/") || slices.Contains(t.Person.Help, ref) || !t.may(MaySend) {
		return false
	}
	ticket(t, ref+" "+in.Text)
	return true
}

// ticket is /ticket.
func ticket(t *Turn, args string) {
	ref, words, _ := strings.Cut(args, " ")
	words = strings.TrimSpace(words)
	switch ref = strings.ToUpper(ref); {
	case args == "":
		t.openTickets()
	case ref == "HERE" || ref == "OFF":
		t.setDesk(ref == "HERE")
	case !ticketRef.MatchString(ref):
		t.Say("team.ticket.usage")
	case words == "" || words == "show" || words == "draft":
		t.showTicket(ref, words == "draft")
	default:
		t.actOn(ref, words)
	}
}

// setDesk makes this group a desk, or none any more.
func (t *Turn) setDesk(on bool) {
	sign, key := "+", "team.ticket.desk_on"
	if !on {
		sign, key = "-", "team.ticket.desk_off"
	}
	if t.Private {
		t.Say("team.ticket.not_here")
		return
	}
	t.out.post(t.At, Update{
		ID: t.ID + "/desk", Subject: eventKey(t.Event.ID), Call: "event/set", Sent: t.Sent,
		Args: Must(SetArgs{Key: "help.desk", Value: sign + string(t.Chat), By: string(t.From)}),
	})
	t.Say(key)
}

// showTicket shows a request and all that was said, or the new answer it makes.
func (t *Turn) showTicket(ref string, draft bool) {
	docs, err := t.src.Load(HelpKey(ref))
	if err != nil {
		t.err = err
		return
	}
	var r HelpRequest
	if t.err = decode(docs[0], &r); r.Ref == "" {
		t.Say("team.ticket.unknown")
		return
	}
	t.note("help request seen", ref, "")
	if draft {
		t.Say("team.ticket.draft", "ref", ref)
		t.Tell(AnswerDraft(&r, t.Event))
		return
	}
	t.Tell(r.transcript(t.Event))
	switch r.State {
	case "open":
		t.Offer(ticketButton(t.Event, ref, "take"), ticketButton(t.Event, ref, "close"))
	case "closed":
		t.Offer(ticketButton(t.Event, ref, "draft"))
	default:
		t.Offer(ticketButton(t.Event, ref, "close"), ticketButton(t.Event, ref, "draft"))
	}
}

// actOn hands what the organiser wants to the request's own history, which asks for the right once more.
func (t *Turn) actOn(ref, words string) {
	act := HelpAct{Tap: t.Update.Choice != "", Name: t.Name}
	call := "help/reply"
	first, rest, _ := strings.Cut(words, " ")
	switch strings.ToLower(first) {
	case "take", "close":
		if rest == "" {
			call = "help/" + strings.ToLower(first)
		}
	case "note:":
		call, act.Text = "help/note", rest
	case "assign":
		if call, act.To = "help/assign", rest; strings.Contains(rest, " ") {
			call, act.To = "help/reply", "" // a sentence that begins with the word
		}
	}
	if call == "help/reply" {
		act.Text = words
	}
	t.out.post(t.At, Update{
		ID: t.ID + "/" + call, Subject: HelpKey(ref), Call: call, From: t.From, Chat: t.Chat, Private: t.Private, Reply: t.Reply,
		Sent: t.Sent, Args: Must(act),
	})
}

const ticketsShown = 20

// openTickets lists the requests that are not closed, the oldest of those that wait for an organiser first.
func (t *Turn) openTickets() {
	all, err := allHelpRequests(t.src)
	if err != nil {
		t.err = err
		return
	}
	all = slices.DeleteFunc(all, func(r HelpRequest) bool { return r.State == "closed" })
	if len(all) == 0 {
		t.Say("team.ticket.none")
		return
	}
	var lines []string
	for _, r := range all[:min(len(all), ticketsShown)] {
		taker := ""
		if r.Taker != nil {
			taker = ", " + r.Taker.Ref
		}
		lines = append(lines, fmt.Sprintf("%s: %s%s, %s", r.Ref, teamText(t.Event, "team.ticket.state."+r.State), taker, t.moment(r.Opened)))
	}
	t.Say("team.ticket.list", "count", len(all))
	t.Tell(strings.Join(lines, "\n"))
}

// allHelpRequests reads all requests: open ones first, then those where it is the organisers' turn, waiting and closed ones; the oldest
// first, of the closed ones the newest.
func allHelpRequests(src Source) ([]HelpRequest, error) {
	var all []HelpRequest
	if err := every(src, "help/", func(_ string, r HelpRequest) { all = append(all, r) }); err != nil {
		return nil, err
	}
	rank := map[string]int{"open": 0, "taken": 1, "waiting": 2, "closed": 3}
	slices.SortFunc(all, func(a, b HelpRequest) int {
		switch {
		case rank[a.State] != rank[b.State]:
			return rank[a.State] - rank[b.State]
		case a.State == "closed":
			return b.Closed.Compare(a.Closed)
		}
		return a.Opened.Compare(b.Opened)
	})
	return all, nil
}
