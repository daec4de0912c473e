package console

import (
	"net/http"
	"strings"

	"olle/bot/gate"
	"olle/flows"
)

// pageRate bounds what one network address asks of the console and of screens: who has no session, or guesses codes, costs a look into
// the store each time.
var pageRate = gate.Rate{PerSecond: 20, Burst: 200}

// root is where the console lies.
const root = "/console"

// anybody marks what needs no session: the way in.
const anybody = ""

// route is one page or action: who may use it stands here and nowhere else, and the test of rights is made from this table.
type route struct {
	method, path, right string
	serve               func(*visit) error
}

func table() []route {
	return []route{
		{"GET", "/enter", anybody, (*visit).showEnter},
		{"POST", "/enter", anybody, (*visit).enter},
		{"POST", "/leave", flows.MayRead, (*visit).leave},

		{"GET", "/{$}", flows.MayRead, (*visit).home},
		{"POST", "/stuck", flows.MayAdmin, (*visit).decideStuck},

		{"GET", "/applicants", flows.MayRead, (*visit).applicants},
		{"POST", "/applicants/export", flows.MayDocuments, (*visit).export},
		{"GET", "/applicants/{name}", flows.MayRead, (*visit).applicant},
		{"POST", "/applicants/{name}/file", flows.MayDocuments, (*visit).openFile},
		{"POST", "/applicants/{name}/item", flows.MayDecide, (*visit).reviewItem},
		{"POST", "/applicants/{name}/note", flows.MayRead, (*visit).addNote},
		{"POST", "/applicants/{name}/drop-note", flows.MayRead, (*visit).dropNote},

		{"GET", "/announcements", flows.MayRead, (*visit).announcements},
		{"GET", "/announcements/new", flows.MaySend, (*visit).newAnnouncement},
		{"GET", "/announcements/count", flows.MaySend, (*visit).countAudience},
		{"POST", "/announcements/save", flows.MaySend, (*visit).saveAnnouncement},
		{"GET", "/announcements/{id}", flows.MayRead, (*visit).announcement},
		{"GET", "/announcements/{id}/edit", flows.MaySend, (*visit).editAnnouncement},
		{"POST", "/announcements/{id}/save", flows.MaySend, (*visit).saveAnnouncement},
		{"POST", "/announcements/{id}/act", flows.MaySend, (*visit).actAnnouncement},
		{"GET", "/announcements/{id}/file", flows.MayRead, (*visit).announcedFile},
		{"GET", "/announcements/{id}/recipients", flows.MayRead, (*visit).recipients},

		{"GET", "/help", flows.MayRead, (*visit).requests},
		{"GET", "/help/{ref}", flows.MayRead, (*visit).request},
		{"POST", "/help/{ref}/act", flows.MaySend, (*visit).actRequest},
		{"POST", "/help/{ref}/draft", flows.MaySend, (*visit).draft},

		{"GET", "/decisions", flows.MayDecide, (*visit).decisions},
		{"POST", "/decisions/release", flows.MayDecide, (*visit).release},
		{"GET", "/decisions/{name}", flows.MayDecide, (*visit).decision},
		{"POST", "/decisions/{name}/score", flows.MayDecide, (*visit).score},
		{"POST", "/decisions/{name}/decide", flows.MayDecide, (*visit).decide},
		{"POST", "/decisions/{name}/revoke", flows.MayDecide, (*visit).revokeSeat},
		{"POST", "/decisions/{name}/role", flows.MayDecide, (*visit).setRole},

		{"GET", "/ratings", flows.MayRead, (*visit).ratings},
		{"GET", "/ratings/{id}", flows.MayRead, (*visit).rating},
		{"POST", "/ratings/{id}/act", flows.MaySend, (*visit).actRating},
		{"POST", "/ratings/{id}/export", flows.MayDocuments, (*visit).exportRating},
		{"GET", "/plans", flows.MayRead, (*visit).plans},
		{"GET", "/plans/print", flows.MayRead, (*visit).printPlans},

		{"GET", "/results", flows.MayRead, (*visit).results},
		{"POST", "/results/act", flows.MayDecide, (*visit).actResults},
		{"POST", "/results/report", flows.MayRead, (*visit).draftedReport},

		{"GET", "/quizzes", flows.MayRead, (*visit).quizzes},
		{"POST", "/quizzes/start", flows.MaySend, (*visit).startQuiz},
		{"POST", "/quizzes/save", flows.MaySend, (*visit).bringQuiz},
		{"GET", "/quizzes/{id}", flows.MayRead, (*visit).quizControl},
		{"POST", "/quizzes/{id}/act", flows.MaySend, (*visit).actQuiz},
		{"POST", "/quizzes/{id}/results", flows.MayDocuments, (*visit).quizResults},

		{"GET", "/team", flows.MayRead, (*visit).team},
		{"POST", "/team/invite", flows.MayAdmin, (*visit).invite},
		{"POST", "/team/withdraw", flows.MayAdmin, (*visit).withdraw},
		{"POST", "/team/{name}/rights", flows.MayAdmin, (*visit).setRights},

		{"GET", "/event", flows.MayRead, (*visit).settings},
		{"POST", "/event", flows.MayAdmin, (*visit).set},

		{"GET", "/trail", flows.MayRead, (*visit).audit},

		{"GET", "/sessions", flows.MayRead, (*visit).sessions},
		{"POST", "/sessions/end", flows.MayRead, (*visit).endSession},
		{"POST", "/sessions/end-mine", flows.MayRead, (*visit).endMine},
	}
}

// place is an entry of the menu.
type place struct{ Path, Label, right string }

func menu() []place {
	return []place{
		{"/", "Home", flows.MayRead},
		{"/applicants", "Applicants", flows.MayRead},
		{"/announcements", "Announcements", flows.MayRead},
		{"/help", "Help desk", flows.MayRead},
		{"/decisions", "Decisions", flows.MayDecide},
		{"/ratings", "Ratings", flows.MayRead},
		{"/plans", "Action plans", flows.MayRead},
		{"/results", "Results", flows.MayRead},
		{"/quizzes", "Quizzes", flows.MayRead},
		{"/team", "Team", flows.MayRead},
		{"/event", "Event", flows.MayRead},
		{"/trail", "Audit trail", flows.MayRead},
		{"/sessions", "Sessions", flows.MayRead},
	}
}

// routes builds the handler out of the table.
func (c *Console) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	for _, rt := range table() {
		mux.Handle(rt.method+" "+root+rt.path, c.guarded(rt))
	}
	mux.Handle(root+"/", c.guarded(route{method: "GET", right: flows.MayRead, serve: func(*visit) error { return errNotFound }}))
	mux.Handle("GET "+root+"/assets/{file}", assets)
	guard := http.NewCrossOriginProtection()
	if c.opt.URL != "" {
		if err := guard.AddTrustedOrigin(strings.TrimRight(c.opt.URL, "/")); err != nil {
			return nil, err
		}
	}
	guard.SetDenyHandler(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		v := &visit{c: c, rw: rw, r: r, now: c.opt.Now(), event: c.opt.Book.Current}
		v.say(http.StatusForbidden, "Not from there", "This form was sent from a page of another site. Nothing was done.")
	}))
	return gate.Shut(gate.Page, gate.Private(gate.Hold(pageRate, c.opt.Peer, guard.Handler(mux)))), nil
}

// guarded serves a route to those who may use it.
func (c *Console) guarded(rt route) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		v, err := c.visit(rw, r)
		if err == nil {
			err = v.through(rt)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// through checks who asks before anything is done. A form carries the token of its session: another one's is refused.
func (v *visit) through(rt route) error {
	if rt.right != anybody {
		switch {
		case v.session == nil:
			v.explain()
			return nil
		case !flows.Allows(v.rights, rt.right):
			v.refuse("Not with your rights", "This needs the right \""+rt.right+"\". An administrator of your team can give it to you.")
			return nil
		}
	}
	if v.r.Method == http.MethodPost {
		if err := v.readForm(rt); err != nil {
			v.say(http.StatusBadRequest, "Too much", "This form could not be read. Nothing was done.")
			return nil
		}
		if rt.right != anybody && !v.sameToken(v.r.PostFormValue("token")) {
			v.refuse("An old form", "This form belongs to another session, from before you signed in anew. Nothing was done; open the page again and repeat it.")
			return nil
		}
	}
	return rt.serve(v)
}

// maxForm is how large a form without its file may be, in bytes: an announcement with its buttons is the longest.
const maxForm = 256 << 10
