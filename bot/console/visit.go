package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"olle/bot"
	"olle/flows"
)

// visit is one request: who asks, what they may do, and the event as it stands.
type visit struct {
	c   *Console
	rw  http.ResponseWriter
	r   *http.Request
	now time.Time // program time

	digest  string        // of the session's cookie; also the name of its document
	token   string        // what the session's forms carry
	session *flows.SignIn // nil: nobody
	rights  []string
	event   *flows.Event
	changes flows.Override
}

const cookieName = "olle_console"

var errNotFound = errors.New("console: there is no such page")

// visit finds out who asks. The session and the rights of its person are read anew at every request: what was ended, revoked or
// deleted is gone at once.
func (c *Console) visit(rw http.ResponseWriter, r *http.Request) (*visit, error) {
	v := &visit{c: c, rw: rw, r: r, now: c.opt.Now(), event: c.opt.Book.Current}
	cookie, err := r.Cookie(cookieName)
	if err != nil || len(cookie.Value) != 2*secretBytes {
		return v, nil
	}
	v.digest, v.token = digestOf(cookie.Value), tokenOf(cookie.Value)
	var s flows.SignIn
	if err := c.load(r.Context(), flows.SignInKey(v.digest), &s); err != nil || s.By == "" || !v.now.Before(s.Until) {
		return v, err
	}
	var p flows.Person
	if s.Person != "" {
		if err := c.load(r.Context(), s.Person, &p); err != nil || p.ID == "" {
			return v, err
		}
	}
	if err := c.load(r.Context(), "event/"+v.event.ID, &v.changes); err != nil {
		return v, err
	}
	v.event = v.changes.Apply(v.event)
	if s.Person == "" {
		v.rights = []string{flows.MayAdmin} // the operator's own session
	} else {
		v.rights = c.opt.Book.RightsOf(&p)
	}
	if len(v.rights) > 0 {
		v.session = &s
	}
	return v, nil
}

// load reads a JSON document; one that is not there leaves into as it is.
func (c *Console) load(ctx context.Context, key string, into any) error {
	docs, err := c.opt.Store.Load(ctx, key)
	if err != nil {
		return fmt.Errorf("console: load %s: %w", kindOf(key), err)
	}
	if docs[0].Data == nil {
		return nil
	}
	if err := json.Unmarshal(docs[0].Data, into); err != nil {
		return fmt.Errorf("console: a %s document: %w", kindOf(key), err)
	}
	return nil
}

// kindOf is the part of a key that says nothing about anybody.
func kindOf(key string) string {
	for i := range key {
		if key[i] == '/' {
			return key[:i]
		}
	}
	return key
}

// secretBytes is the length of a session's secret: 256 bits. The server keeps only its digest.
const secretBytes = 32

func newSecret() string {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func digestOf(secret string) string { return hexOf("olle console session " + secret) }
func tokenOf(secret string) string  { return hexOf("olle console form " + secret) }

func hexOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func (v *visit) sameToken(token string) bool {
	return v.token != "" && subtle.ConstantTimeCompare([]byte(token), []byte(v.token)) == 1
}

// actor is the address under which this organiser acts.
func (v *visit) actor() flows.Address { return flows.Address(v.session.By) }

// May says whether this visitor holds a right.
func (v *visit) May(right string) bool { return v.session != nil && flows.Allows(v.rights, right) }

var onceForm = regexp.MustCompile(`^[0-9a-f]{16,64}$`)

// once is the name of this sending of a form: sent twice, it counts once.
func (v *visit) once() (string, bool) {
	id := v.r.PostFormValue("once")
	return "console/" + v.digest[:16] + "/" + id, onceForm.MatchString(id)
}

// do sends an update through the one door in this organiser's name. Seen: the same form was sent before.
func (v *visit) do(u flows.Update) (bot.Receipt, error) { return v.doPart("", u) }

// doPart is do for a form that causes several updates; part tells them apart.
func (v *visit) doPart(part string, u flows.Update) (bot.Receipt, error) {
	id, ok := v.once()
	if !ok {
		return bot.Receipt{}, errBadForm
	}
	u.ID, u.From, u.Sent, u.Private = id+part, v.actor(), v.now, true
	rec, err := v.c.opt.Handle(v.r.Context(), u)
	if err != nil {
		return rec, fmt.Errorf("console: %s: %w", u.Call, err)
	}
	return rec, nil
}

var errBadForm = errors.New("console: a form without its name")

// was reads what a form of a decision says that its reader had before them.
func (v *visit) was() (*flows.Seen, error) {
	if !v.r.PostForm.Has("was") {
		return nil, nil
	}
	state, at, _ := strings.Cut(v.r.PostFormValue("was"), " ")
	s := &flows.Seen{State: state}
	var err error
	if at != "" {
		s.At, err = time.Parse(time.RFC3339Nano, at)
	}
	if err != nil {
		return nil, errBadForm
	}
	return s, nil
}

// note puts something done outside a turn on the audit trail, before it is done. A form sent again is refused: each look is noted.
func (v *visit) note(what, whom, detail string) error {
	rec, err := v.do(flows.Update{Subject: "event/" + v.event.ID, Call: "event/audit",
		Args: flows.Must(flows.Entry{By: string(v.actor()), What: what, Whom: whom, Detail: detail})})
	if err == nil && rec.Seen {
		return errBadForm
	}
	return err
}

// to leads to a page, which says what was done; said is a key of sayings.
func (v *visit) to(path, said string) error {
	if said != "" {
		path += "?said=" + url.QueryEscape(said)
	}
	v.rw.Header().Set("Location", root+path)
	v.rw.WriteHeader(http.StatusSeeOther)
	return nil
}

// sayings are what a page says after something was done. The address bar names them, so it cannot make a page say anything else.
var sayings = map[string]string{
	"accepted":        "Accepted. The applicant has been told.",
	"returned":        "Sent back. The applicant has been told, with your reason.",
	"newer":           "Nothing was changed: a newer file came, or somebody else decided meanwhile. Please look again.",
	"noted":           "Your note is kept.",
	"note-gone":       "The note is removed.",
	"changed":         "Nothing was done: somebody changed it meanwhile. Please read it again.",
	"refused":         "Nothing was changed: this was not possible any more, or not for you.",
	"rights":          "The rights are changed, from this moment on.",
	"withdrawn":       "The invitation is withdrawn.",
	"set":             "Changed. What depended on it has been planned anew.",
	"results":         "Done. It takes a moment until everybody has been told.",
	"ended":           "The session is ended.",
	"ended-mine":      "All your other sessions are ended.",
	"retried":         "The job is under way again.",
	"dropped":         "The job is gone for good.",
	"taken":           "It is yours. The applicant has been told that somebody is there.",
	"said":            "Kept, and carried where it belongs.",
	"closed":          "The request is closed. The bot answers there again.",
	"given":           "It is theirs now; they have been told.",
	"released":        "Anybody may take it now.",
	"scored":          "Your score is kept.",
	"scored-next":     "Your score is kept. This is the next application.",
	"all-scored":      "Your score is kept. You have scored every application.",
	"decided":         "Kept. Nobody outside can see it.",
	"revoked":         "The seat is taken back.",
	"role":            "Kept. The report counts observers apart, and the rule gives them no certificate.",
	"nobody":          "Nobody is selected and not told: nothing to release.",
	"told":            "Released. The selected people are being told, one by one.",
	"drafted":         "Kept as a draft. Nothing is sent yet.",
	"asked":           "The other organisers have been asked to agree; it goes out when one of them does.",
	"tried":           "A test is on its way to your own chat.",
	"no-chat":         "The operator has no chat to send a test to: sign in with /console for that.",
	"did-approve":     "Agreed.",
	"did-start":       "It is on its way, or will be at its time.",
	"did-pause":       "Paused. Nobody else gets it until you go on.",
	"did-resume":      "It goes on where it stood.",
	"did-cancel":      "Cancelled. Nobody else gets it.",
	"did-correct":     "The right words are on their way to everybody who got it.",
	"did-retract":     "It is being taken back everywhere.",
	"rating-open":     "Open. People rate with /rate; nobody sees a rating before it is revealed.",
	"rating-revealed": "Revealed. Everybody who rated is being told.",
	"rating-closed":   "Closed.",
	"gone":            "Nothing was done: somebody else was quicker.",
	"brought":         "The quiz is there, and can be started.",
}
