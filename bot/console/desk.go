package console

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"olle/flows"
)

// requestOf reads a help request.
func requestOf(_ string, data []byte) (*flows.HelpRequest, bool) {
	h := &flows.HelpRequest{}
	return h, json.Unmarshal(data, h) == nil && h.Ref != ""
}

// deskPage is the queue.
type deskPage struct {
	Show  string // "open" (whatever is not closed), "mine", "closed"
	Lines []*flows.HelpRequest
	Pager pager
	Open  int
}

// requests lists help requests: those nobody has taken first, the longest waiting first.
func (v *visit) requests() error {
	all, err := v.c.desk.all(v.r.Context())
	if err != nil {
		return err
	}
	p := deskPage{Show: cmp.Or(v.r.URL.Query().Get("show"), "open")}
	var hits []*flows.HelpRequest
	for _, h := range all {
		if h.State != "closed" {
			p.Open++
		}
		switch p.Show {
		case "closed":
			if h.State == "closed" {
				hits = append(hits, h)
			}
		case "mine":
			if h.State != "closed" && v.mine(h) {
				hits = append(hits, h)
			}
		default:
			if h.State != "closed" {
				hits = append(hits, h)
			}
		}
	}
	order := map[string]int{"open": 0, "taken": 1, "waiting": 2, "closed": 3}
	slices.SortFunc(hits, func(a, b *flows.HelpRequest) int {
		if a.State == "closed" && b.State == "closed" {
			return cmp.Or(b.Closed.Compare(a.Closed), cmp.Compare(a.Ref, b.Ref))
		}
		return cmp.Or(order[a.State]-order[b.State], a.Opened.Compare(b.Opened), cmp.Compare(a.Ref, b.Ref))
	})
	p.Pager = newPager(v.r.URL, len(hits))
	p.Lines = hits[p.Pager.from:p.Pager.to]
	return v.show("desk", "Help desk", p)
}

// mine says whether this organiser has taken a request.
func (v *visit) mine(h *flows.HelpRequest) bool {
	return h.Taker != nil && h.Taker.ID == cmp.Or(v.session.Person, string(flows.Operator))
}

// openHelp lists the requests that wait for an organiser, the longest waiting first.
func (v *visit) openHelp() (open []*flows.HelpRequest, err error) {
	all, err := v.c.desk.all(v.r.Context())
	for _, h := range all {
		if h.State == "open" || h.State == "taken" {
			open = append(open, h)
		}
	}
	slices.SortFunc(open, func(a, b *flows.HelpRequest) int {
		return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.Ref, b.Ref))
	})
	return open, err
}

var helpRef = regexp.MustCompile(`^[A-Za-z0-9-]{1,40}$`)

// requestPage is one help request.
type requestPage struct {
	*flows.HelpRequest
	Name   string // of the person, in addresses
	Mine   bool
	Canned []string
	Typed  string
	Team   []string // references of those who may answer
}

// requestOf loads the request of the address.
func (v *visit) requestOf() (*flows.HelpRequest, error) {
	ref := v.r.PathValue("ref")
	h := &flows.HelpRequest{}
	if !helpRef.MatchString(ref) {
		return nil, errNotFound
	}
	if err := v.c.load(v.r.Context(), flows.HelpKey(ref), h); err != nil {
		return nil, err
	}
	if h.Ref == "" {
		return nil, errNotFound
	}
	return h, nil
}

func (v *visit) request() error {
	h, err := v.requestOf()
	if err != nil {
		return err
	}
	p, err := v.requestPage(h)
	if err != nil {
		return err
	}
	return v.show("request", "Help request "+h.Ref, p)
}

func (v *visit) requestPage(h *flows.HelpRequest) (*requestPage, error) {
	p := &requestPage{HelpRequest: h, Name: flows.PersonName(h.Person), Mine: v.mine(h)}
	p.Canned = slices.Sorted(maps.Keys(v.event.Help.Canned))
	all, err := v.c.people.all(v.r.Context())
	for _, r := range all {
		if flows.Allows(r.Rights, flows.MaySend) && (h.Taker == nil || h.Taker.ID != "person/"+r.Name) {
			p.Team = append(p.Team, r.RefOr())
		}
	}
	slices.Sort(p.Team)
	return p, err
}

// CannedText is what a canned reply says.
func (s sheet) CannedText(name string) string { return s.event.Help.Canned[name] }

// actRequest does what an organiser wants of a request.
func (v *visit) actRequest() error {
	h, err := v.requestOf()
	if err != nil {
		return err
	}
	what, text := v.r.PostFormValue("what"), strings.TrimSpace(v.r.PostFormValue("text"))
	act := flows.HelpAct{Text: text}
	switch what {
	case "reply", "note":
		if canned := v.r.PostFormValue("canned"); canned != "" && text == "" && what == "reply" {
			act.Text = "!" + canned
		}
		if act.Text == "" || len([]rune(text)) > flows.MaxNote {
			p, err := v.requestPage(h)
			if err != nil {
				return err
			}
			p.Typed = text
			return v.again("request", "Help request "+h.Ref, "Please write something, not longer than four thousand characters.", p)
		}
	case "release":
		what = "assign"
	case "give":
		what, act = "assign", flows.HelpAct{To: v.r.PostFormValue("to")}
	case "take", "close":
	default:
		return errBadForm
	}
	if _, err := v.do(flows.Update{Subject: flows.HelpKey(h.Ref), Call: "help/" + what, Args: flows.Must(act)}); err != nil {
		return err
	}
	now, err := v.requestOf()
	if err != nil {
		return err
	}
	return v.to("/help/"+h.Ref, v.outcome(what, h, now))
}

// outcome says what became of a request, by what is on record: somebody else may have been quicker.
func (v *visit) outcome(what string, was, now *flows.HelpRequest) string {
	switch {
	case what == "take" && v.mine(now) && now.State != "closed":
		return "taken"
	case (what == "reply" || what == "note") && len(now.Lines) > len(was.Lines):
		return "said"
	case what == "close" && now.State == "closed":
		return "closed"
	case what == "assign" && now.Taker == nil:
		return "released"
	case what == "assign" && (was.Taker == nil || *was.Taker != *now.Taker):
		return "given"
	}
	return "refused"
}

// draft hands an answered request out as a topic for the event pack.
func (v *visit) draft() error {
	h, err := v.requestOf()
	if err != nil {
		return err
	}
	if h.Answered.IsZero() {
		return errNotFound
	}
	if err := v.note("answer drafted", h.Ref, ""); err != nil {
		return err
	}
	v.rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
	attachment(v.rw.Header(), "answer-"+h.Ref+".yaml")
	v.rw.WriteHeader(http.StatusOK)
	_, _ = v.rw.Write([]byte(flows.AnswerDraft(h, v.event)))
	return nil
}
