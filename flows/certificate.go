package flows

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// A certificate is earned by a rule of the pack and given once organisers release them. What anybody may check is a document of its own,
// "certificate/CODE", without a way back to the person: the name as they wish it written, the workshop, the day. It goes when the person
// is deleted.

// CertificateRule says what is asked for a certificate; the zero rule asks for taking part only.
type CertificateRule struct {
	Attendance float64 // share of the sessions that had a code or a tap, 0 to 1
	Tasks      bool    // every task that is not optional
	Plan       bool    // an action plan
	Evaluation bool    // that it was handed in
	Signers    []string
}

// Certificate is what its code proves.
type Certificate struct {
	Name, Title, Dates, Venue string
	Issued                    string // day: "3 April 2020"
}

// CertificateKey is the document of a certificate.
func CertificateKey(code string) string { return "certificate/" + code }

// Given says which certificate a person has.
type Given struct {
	Code string
	Name string // as it is printed
	At   time.Time
}

// certificateFile hands out a certificate.
func certificateFile(code string) *File {
	return &File{Handle: HandoutCertificate + code, Name: "certificate-" + code + ".pdf", Type: "application/pdf"}
}

// Lacking is what somebody lacks for a certificate.
type Lacking struct {
	Present, Held, Need int      // sessions; Need is more than Present
	Tasks               []string // forms
	Plan, Evaluation    bool
	Observer            bool // the rule gives observers none
}

// None says that nothing is missing.
func (l Lacking) None() bool {
	return !l.Observer && l.Present >= l.Need && len(l.Tasks) == 0 && !l.Plan && !l.Evaluation
}

// Lacks compares a person with the rule. held are the sessions where presence was taken, see heldSessions.
func (p *Person) Lacks(src Source, e *Event, held []string) (l Lacking, err error) {
	if l.Observer = p.Observes(e); l.Observer {
		return l, nil
	}
	rule := e.Certificate
	l.Held = len(held)
	for _, id := range p.Attended {
		if slices.Contains(held, id) {
			l.Present++
		}
	}
	l.Need = int(math.Ceil(rule.Attendance*float64(l.Held) - 1e-9))
	if rule.Tasks && p.Seat != nil { // without a seat there are none
		for _, task := range e.Tasks {
			if !task.Optional && !p.done(task.Form) {
				l.Tasks = append(l.Tasks, task.Form)
			}
		}
	}
	if rule.Plan {
		has, err := hasPlan(src, p.ID)
		if err != nil {
			return l, err
		}
		l.Plan = !has
	}
	l.Evaluation = rule.Evaluation && e.Forms[feedbackForm] != nil && !slices.Contains(p.Handed, feedbackForm)
	return l, nil
}

// hasPlan says whether a person has made an action plan: one with a goal.
func hasPlan(src Source, person string) (bool, error) {
	docs, err := src.Load(planKey(person))
	if err != nil {
		return false, err
	}
	var plan struct{ Goal string }
	err = decode(docs[0], &plan)
	return plan.Goal != "", err
}

// heldSessions are the sessions in which somebody was present: where nobody took presence, nobody can lack it.
func heldSessions(src Source, e *Event) (held []string, err error) {
	for _, s := range e.Sessions {
		docs, err := src.List(attendKey(s.ID, ""), "", 1)
		if err != nil {
			return nil, err
		}
		if len(docs) > 0 {
			held = append(held, s.ID)
		}
	}
	return held, nil
}

// certificate is /certificate.
func certificate(t *Turn, _ string) {
	defer func() { t.asked = t.top() != nil }()
	p := t.Person
	if p.Certificate != nil {
		t.giveCertificate("")
		return
	}
	if !t.participates() {
		t.Say("certificate.not_yours")
		return
	}
	lacks, ok := t.lacks()
	switch {
	case !ok:
	case lacks.Observer:
		t.Say("certificate.observer")
		t.Offer(t.Command("human"))
	case t.changes.Certified.IsZero():
		t.Say("certificate.wait")
		t.sayLacks(lacks)
	case p.Uncertified:
		t.Say("certificate.revoked")
		t.Offer(t.Command("human"))
	case !lacks.None():
		t.sayLacks(lacks)
	default:
		t.giveCertificate("")
	}
}

func (t *Turn) lacks() (l Lacking, ok bool) {
	held, err := heldSessions(t.src, t.Event)
	if err == nil {
		l, err = t.Person.Lacks(t.src, t.Event, held)
	}
	if err != nil {
		t.err = err
	}
	return l, err == nil
}

func (t *Turn) sayLacks(l Lacking) {
	var lines []string
	if l.Present < l.Need {
		lines = append(lines, "• "+t.Text("certificate.lack.attendance", "n", l.Present, "of", l.Held, "need", l.Need))
	}
	if len(l.Tasks) > 0 {
		var titles []string
		for _, form := range l.Tasks {
			titles = append(titles, t.sheetTitle(form))
		}
		lines = append(lines, "• "+t.Text("certificate.lack.tasks", "what", strings.Join(titles, ", ")))
	}
	if l.Plan {
		lines = append(lines, "• "+t.Text("certificate.lack.plan"))
	}
	if l.Evaluation {
		lines = append(lines, "• "+t.Text("certificate.lack.evaluation"))
	}
	if len(lines) > 0 {
		t.Say("certificate.lacks", "what", strings.Join(lines, "\n"))
	}
}

// giveCertificate hands the certificate out, made or brought up to date with the name as it is wished now.
func (t *Turn) giveCertificate(news string) {
	p, name := t.Person, t.Person.paperName()
	if c := p.Certificate; c == nil || c.Name != name {
		code := certificateCode(t.Seed)
		if c != nil {
			code = c.Code
		} else {
			t.out.Check = append(t.out.Check, Doc{Key: CertificateKey(code)})
			t.note("certificate given", p.Ref, "")
		}
		p.Certificate = &Given{Code: code, Name: name, At: t.At}
		e := t.Event
		t.out.Put = append(t.out.Put, Doc{Key: CertificateKey(code), Data: Must(Certificate{
			Name: name, Title: e.Title, Dates: Dates(e.Start, e.End), Venue: e.Venue, Issued: t.At.In(e.Zone).Format("2 January 2006"),
		})})
	}
	if news != "" {
		t.Say(news)
	}
	if covers := t.Book.Covers; covers != nil && !covers(name) {
		key := "certificate.script"
		if t.Book.joined(name) {
			key = "certificate.latin"
		}
		t.Say(key, "name", name)
		return
	}
	if t.Book.Site != "" {
		t.Say("certificate.ready", "name", name, "code", p.Certificate.Code, "link", t.Book.Site+CertificateKey(p.Certificate.Code))
	} else {
		t.Say("certificate.unlinked", "name", name, "code", p.Certificate.Code)
	}
	t.Say("certificate.name")
	t.Give(certificateFile(p.Certificate.Code))
}

// paperName is the name as the person wishes it on papers: as registered, else as in the application, else the reference.
func (p *Person) paperName() string {
	for _, at := range [][2]string{{"registration", "badge"}, {"profile", "full_name"}} {
		if v, ok := p.Answer(at[0], at[1]); ok && v.Text != "" {
			return v.Text
		}
	}
	return p.Ref
}

// certificateCode makes a code that nobody guesses: 60 bits.
func certificateCode(seed uint64) string {
	return CodeFrom(seed) + CodeFrom(seed >> 40)[:4]
}

// earnCertificate hears that certificates are released; who lacks something hears nothing, and what it is with /certificate.
func earnCertificate(t *Turn) {
	p := t.Person
	if p.Certificate != nil || p.Uncertified || !t.participates() || len(p.Attended) == 0 && !t.confirmed() {
		return
	}
	if lacks, ok := t.lacks(); ok && lacks.None() {
		t.giveCertificate("certificate.news")
	}
}

// grantCertificate and revokeCertificate hear what an organiser decided about one person.
func grantCertificate(t *Turn) {
	if t.Person.Certificate == nil && t.permitted() {
		t.Person.Uncertified = false
		t.giveCertificate("certificate.news")
	}
}

func revokeCertificate(t *Turn) {
	p := t.Person
	if p.Certificate == nil || !t.permitted() {
		return
	}
	t.out.Put = append(t.out.Put, Doc{Key: CertificateKey(p.Certificate.Code)})
	p.Certificate, p.Uncertified = nil, true
	t.note("certificate withdrawn", p.Ref, "")
	t.Say("certificate.revoked")
	t.Offer(t.Command("human"))
}

// certify hears that organisers release the certificates, and posts to everybody who takes part, page by page.
func (t *eventTurn) certify(src Source) error {
	var after string
	if t.Call == "event/certify" {
		if t.changes.Certified.IsZero() {
			t.changes.Certified = t.At
		}
		t.out.note(t.Update, "certificates released", "", "")
	} else if err := json.Unmarshal(t.Args, &after); err != nil {
		return fmt.Errorf("flows: event certifying: %w", err)
	}
	after, err := walkCards(src, after, func(name string, c Card) {
		if c.Stage == "confirmed" || t.changes.Release == nil {
			t.out.post(t.At, Update{ID: t.ID + "/earn/" + name, Subject: "person/" + name, Call: "certificate/earn"})
		}
	})
	if after != "" {
		t.out.post(t.At, Update{ID: t.ID + "/on", Subject: t.Subject, Call: "event/certifying", Args: Must(after)})
	}
	return err
}
