package flows

import (
	"bytes"
	"fmt"
	"strings"
	"time"
)

// A transcript is a recorded conversation, one action a line:
//
//	# a comment
//	clock 2020-02-03 09:00        the clock at the beginning, in the event's zone
//	wait 3d12h                    the clock moves on; alarms strike
//	down 30h                      the clock moves on while the bot is down
//	as nina                       the next lines are of another guest
//	in cohort                     the next lines are said in that group; "in private" goes back
//	> How much from Kathmandu?    the guest types
//	^ H-NQPHTT-1 Yes, you may.    the guest replies to the bot's line that begins with the first word
//	right send                    the guest is given that right of an organiser
//	* Agree                       the guest taps the choice with that label
//	+ cv.pdf pdf 132000 my CV     the guest sends a file: name, kind by content (pdf:3 has 3 pages), bytes, caption
//	! deadline 2020-02-21 23:59   an organiser sets something
//	late LATEABCD 2020-02-16 18:00  the operator makes that code, which gives its redeemer this deadline
//	< …                           what the bot says, line by line
//	= …                           what is kept of the guest
//
// Playing one yields the same text with the bot's lines as they are now; a difference is a changed conversation.

// PlayTranscript plays the actions of a transcript and returns it with the bot's lines and the shelf as they come out. visited
// collects the steps. The error has the line; what was played before it is returned too.
//
// It is played twice, with values handed on from turn to turn and with every turn decoding what it reads: a bot does the first while
// a conversation is warm and the second after a restart, and nobody may notice.
func PlayTranscript(b *Book, recorded []byte, visited map[string]bool) ([]byte, error) {
	warm, err := playTranscript(&transcript{book: b, guest: "guest"}, recorded, visited)
	if err != nil {
		return warm, err
	}
	cold, err := playTranscript(&transcript{book: b, guest: "guest", cold: true}, recorded, visited)
	if err == nil && !bytes.Equal(warm, cold) {
		err = fmt.Errorf("flows: a turn goes otherwise when what it reads was stored meanwhile:\n%s\ninstead of\n%s", cold, warm)
	}
	return warm, err
}

func playTranscript(p *transcript, recorded []byte, visited map[string]bool) ([]byte, error) {
	for i, line := range strings.Split(strings.TrimRight(string(recorded), "\n"), "\n") {
		if err := p.line(strings.TrimRight(line, " \r")); err != nil {
			return p.out.Bytes(), fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if p.run != nil {
		for v := range p.run.Visited {
			visited[v] = true
		}
	}
	return p.out.Bytes(), nil
}

type transcript struct {
	book  *Book
	run   *Rehearsal
	cold  bool // see Rehearsal
	guest string
	room  string              // the group, "" in private
	taps  map[string][]Choice // by guest: the choices on the table
	out   bytes.Buffer
}

func (p *transcript) line(line string) error {
	sign, rest, _ := strings.Cut(line, " ")
	if sign == "<" {
		return nil // said again below
	}
	if sign == "=" {
		line = "= " + p.run.Shelf(p.address())
	}
	p.out.WriteString(line + "\n")
	if p.run == nil && sign != "clock" && sign != "#" && line != "" {
		if err := p.clock(""); err != nil {
			return err
		}
	}
	switch sign {
	case "", "#", "=":
		return nil
	case "clock":
		return p.clock(rest)
	case "wait", "down":
		return p.move(sign, rest)
	case "as":
		p.guest = rest
		return nil
	case "in":
		p.room = strings.TrimSuffix(rest, "private")
		return nil
	case ">":
		return p.act(Update{Text: rest})
	case "^":
		quoted, words, _ := strings.Cut(rest, " ")
		return p.act(Update{Text: words, Quoted: quoted})
	case "right":
		return p.heard(p.run.Post(Update{Subject: PersonID(p.address()), Call: "person/rights", From: Operator, Args: Must([]string{rest})}))
	case "*":
		return p.tap(rest)
	case "+":
		return p.send(rest)
	case "late":
		return p.late(rest)
	case "!":
		key, value, _ := strings.Cut(rest, " ")
		return p.heard(p.run.Post(Update{Subject: eventKey(p.book.Current.ID), Call: "event/set", Args: Must(SetArgs{Key: key, Value: value, By: "organiser"})}))
	}
	return fmt.Errorf("flows: a transcript line begins with one of # clock wait down as in right late > ^ * + ! < =, not %q", sign)
}

func (p *transcript) late(rest string) error {
	code, end, _ := strings.Cut(rest, " ")
	until, err := parseMoment(end, p.book.Current.Zone)
	if err != nil {
		return err
	}
	return p.heard(p.run.Post(Update{Subject: eventKey(p.book.Current.ID), Call: "event/code", Args: Must(CodeArgs{
		Code: code, Until: until, What: Code{Kind: "late", By: "operator", Until: until, Why: "for a transcript"},
	})}))
}

func (p *transcript) address() Address { return Address("terminal:" + p.guest) }

func (p *transcript) clock(at string) (err error) {
	t := p.book.Current.Deadline.Add(-11 * 24 * time.Hour)
	if at != "" {
		if t, err = parseMoment(at, p.book.Current.Zone); err != nil {
			return err
		}
		t = t.Truncate(time.Minute)
	}
	p.taps = map[string][]Choice{}
	if p.run, err = NewRehearsal(p.book, t); err == nil {
		p.run.Cold = p.cold
	}
	return err
}

func (p *transcript) move(sign, by string) error {
	days := 0
	if d, rest, ok := strings.Cut(by, "d"); ok {
		if _, err := fmt.Sscan(d, &days); err != nil {
			return fmt.Errorf("flows: %q is no time to wait", by)
		}
		by = rest
	}
	if by == "" {
		by = "0s"
	}
	d, err := time.ParseDuration(by)
	if err != nil {
		return fmt.Errorf("flows: %q is no time to wait: %w", by, err)
	}
	then := p.run.Now.Add(time.Duration(days)*24*time.Hour + d)
	if sign == "down" {
		p.run.Skip(then)
		return nil
	}
	return p.heard(p.run.Until(then))
}

func (p *transcript) act(u Update) error {
	if p.room != "" {
		u.Chat = Address("terminal:#" + p.room)
	}
	return p.heard(p.run.Guest(p.address(), u))
}

func (p *transcript) tap(label string) error {
	table := p.guest
	if p.room != "" {
		table = "#" + p.room
	}
	for _, c := range p.taps[table] {
		if c.Label == label {
			return p.act(Update{Choice: c.Value})
		}
	}
	return fmt.Errorf("flows: there is no choice %q to tap", label)
}

func (p *transcript) send(rest string) error {
	words := strings.SplitN(rest, " ", 4)
	if len(words) < 3 {
		return fmt.Errorf("flows: a file needs a name, a kind and a size")
	}
	f := File{Name: words[0], Type: words[1], Handle: "hash of " + words[0]}
	if _, err := fmt.Sscan(words[2], &f.Size); err != nil {
		return fmt.Errorf("flows: %q is no size", words[2])
	}
	u := Update{Files: []File{f}}
	if len(words) == 4 {
		u.Text = words[3]
	}
	return p.act(u)
}

// heard writes what was said.
func (p *transcript) heard(said []Message, err error) error {
	if err != nil {
		return err
	}
	for _, m := range said {
		guest := strings.TrimPrefix(string(m.To), "terminal:")
		lead := "< "
		if guest != p.guest {
			lead = "< (" + guest + ") "
		}
		for _, line := range strings.Split(m.Text, "\n") {
			p.out.WriteString(strings.TrimRight(lead+line, " ") + "\n")
		}
		if m.File != nil {
			p.out.WriteString(lead + "(file " + m.File.Name + ")\n")
		}
		if !m.Ack { // an acknowledgement leaves the buttons where they are
			p.taps[guest] = m.Choices
		}
		if len(m.Choices) > 0 {
			var labels []string
			for _, c := range m.Choices {
				labels = append(labels, "["+c.Label+"]")
			}
			p.out.WriteString(lead + strings.Join(labels, " ") + "\n")
		}
	}
	return nil
}
