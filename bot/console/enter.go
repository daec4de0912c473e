package console

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"olle/bot/gate"
	"olle/flows"
)

// enterRate bounds sign-ins of one network address: a link has 64 random bits, so this only keeps noise away from the store.
var enterRate = gate.Rate{PerSecond: 0.2, Burst: 20}

var linkCode = regexp.MustCompile(`^[0-9a-f]{16}$`)

// showEnter shows one button. Looking at a link must not use it up: chat networks look at every link that is sent through them.
func (v *visit) showEnter() error {
	code := v.r.URL.Query().Get("code")
	if !linkCode.MatchString(code) {
		v.explain()
		return nil
	}
	return v.show("enter", "Sign in", code)
}

// enter uses the link up and begins a session. A link that was never made, has expired or was used looks the same.
func (v *visit) enter() error {
	if v.c.enters.TakePeer(v.c.opt.Peer(v.r)) > 0 {
		v.say(http.StatusTooManyRequests, "Too many attempts", "Please wait a minute, then ask for a new link.")
		return nil
	}
	code := v.r.PostFormValue("code")
	if !linkCode.MatchString(code) {
		v.explain()
		return nil
	}
	secret := newSecret()
	digest := digestOf(secret)
	_, err := v.c.opt.Handle(v.r.Context(), flows.Update{
		ID: "signin/open/" + digest, Subject: flows.SignInKey(digest), Call: "signin/open", Sent: v.now, Private: true,
		Args: flows.Must(flows.OpenSignIn{Code: code, Agent: agentOf(v.r.UserAgent())}),
	})
	if err != nil {
		return err
	}
	var s flows.SignIn
	if err := v.c.load(v.r.Context(), flows.SignInKey(digest), &s); err != nil {
		return err
	}
	if s.By == "" {
		v.say(http.StatusForbidden, "This link does not work any more", "A link works once, and only for some minutes. "+askAgain)
		return nil
	}
	v.setCookie(secret, s.Until)
	return v.to("/", "")
}

// setCookie gives the browser its secret, or with "" takes it away.
func (v *visit) setCookie(secret string, until time.Time) {
	c := &http.Cookie{Name: cookieName, Value: secret, Path: root + "/", HttpOnly: true, Secure: v.c.secure(), SameSite: http.SameSiteStrictMode}
	c.MaxAge = int(until.Sub(v.now) / time.Second) // the program's clock may be moved; the browser's is not
	if secret == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.rw, c)
}

// leave ends this session.
func (v *visit) leave() error {
	if _, err := v.do(flows.Update{Subject: flows.SignInKey(v.digest), Call: "signin/end"}); err != nil {
		return err
	}
	v.setCookie("", v.now)
	v.say(http.StatusOK, "Signed out", "Your session is ended. "+askAgain)
	return nil
}

const askAgain = "To come in, type /console in your private chat with the bot, or ask the operator of the server for a link (olle console-link)."

// explain is what everybody without a session sees, whatever they asked for.
func (v *visit) explain() {
	if v.r.Method == http.MethodPost && v.digest != "" {
		v.refuse("Your session has ended", askAgain)
		return
	}
	v.refuse("For organisers", askAgain)
}

// agentOf tells a kind of browser, for the list of sessions: no more of it is kept.
func agentOf(s string) string {
	browser, system := "a browser", ""
	browsers := [][2]string{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"},
		{"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
	systems := [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"},
		{"Linux", "Linux"}}
	for _, b := range browsers {
		if strings.Contains(s, b[0]) {
			browser = b[1]
			break
		}
	}
	for _, o := range systems {
		if strings.Contains(s, o[0]) {
			system = " on " + o[1]
			break
		}
	}
	return browser + system
}
