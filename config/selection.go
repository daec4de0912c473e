package config

import (
	"strconv"
	"strings"
	"time"

	"olle/flows"
)

// readSelection reads how applications are judged and what happens to those who are selected.
func (p *pack) readSelection(o *object) {
	e := p.event
	seen := map[string]int{}
	for _, n := range o.list("criteria") {
		co := open(o.r, n, "a criterion")
		c := flows.Criterion{ID: co.must("id"), Name: co.must("name"), Weight: 1}
		if c.ID != "" && !name.MatchString(c.ID) {
			o.r.at(co.place("id"), "id %q: use lower-case letters, digits, - and _, a letter first, at most 32", c.ID)
		}
		unique(o.r, seen, co.place("id"), "criterion", c.ID)
		if w, ok := co.number("weight"); ok {
			if c.Weight = w; w <= 0 {
				o.r.at(co.place("weight"), "weight: a criterion counts more than nothing: write a number above 0")
			}
		}
		co.done()
		e.Criteria = append(e.Criteria, c)
	}
	e.Seats.Confirm = time.Duration(max(o.whole("confirm_days", 1, 90), 0)) * 24 * time.Hour
	if e.Seats.Confirm == 0 {
		e.Seats.Confirm = 7 * 24 * time.Hour
	}
	if n := o.ask("certificate"); n != nil {
		e.Certificate = readCertificate(open(o.r, n, "certificate"))
	}
	if n := o.ask("cohort"); n != nil {
		co := open(o.r, n, "cohort")
		e.Cohort = flows.Cohort{DiscordRole: co.text("discord_role"), DiscordInvite: co.text("discord_invite"), TelegramGroup: co.text("telegram_group"),
			DiscordChannel: co.text("discord_channel")}
		checkURL(co, "discord_invite", e.Cohort.DiscordInvite)
		checkRoom(co, "telegram_group", "telegram", e.Cohort.TelegramGroup)
		checkRoom(co, "discord_channel", "discord", e.Cohort.DiscordChannel)
		if role := e.Cohort.DiscordRole; role != "" && !isNumber(role) {
			co.r.at(co.place("discord_role"), "discord_role: %q is no role's ID: it is a number, which Discord copies from the role's menu in developer mode", role)
		}
		co.done()
	}
}

// checkRoom notes a group or channel that is not named by its number.
func checkRoom(o *object, key, network, s string) {
	if s == "" {
		return
	}
	if at, err := flows.ReadChannel(s); err != nil || at.Platform() != network {
		like := map[string]string{"telegram": "telegram:-1001234567890", "discord": "discord:123456789012345678"}[network]
		o.r.at(o.place(key), "%s: %q is no room of %s: write its number, like %s", key, s, map[string]string{"telegram": "Telegram", "discord": "Discord"}[network], like)
	}
}

// readCertificate reads what is asked for a certificate.
func readCertificate(o *object) (rule flows.CertificateRule) {
	if s := o.text("attendance"); s != "" {
		percent, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(s, "%")))
		if err != nil || !strings.HasSuffix(s, "%") || percent < 0 || percent > 100 {
			o.r.at(o.place("attendance"), "attendance: %q is no share of the sessions: write it like 80%%", s)
		} else {
			rule.Attendance = float64(percent) / 100
		}
	}
	rule.Tasks, rule.Plan, rule.Evaluation = o.flag("tasks"), o.flag("plan"), o.flag("evaluation")
	rule.Signers = o.strings("signers")
	o.done()
	return rule
}

// checkCertificate notes what a certificate asks for that the pack does not have: nobody could do it. Sessions are left out, they are often
// set while the event runs.
func (p *pack) checkCertificate(o *object) {
	n := o.n.get("certificate")
	for _, rule := range []struct {
		key       string
		asked, is bool
		remedy    string
	}{
		{"tasks", p.event.Certificate.Tasks, len(p.event.Tasks) > 0, "add \"tasks:\", what those who are selected hand in"},
		{"plan", p.event.Certificate.Plan, p.event.Forms["plan"] != nil, "add forms/plan.yaml, the action plan"},
		{"evaluation", p.event.Certificate.Evaluation, p.event.Forms["evaluation"] != nil, "add forms/evaluation.yaml"},
	} {
		if rule.asked && !rule.is {
			o.r.at(n.get(rule.key), "%s: the certificate asks for what this pack does not have: %s, or leave it out", rule.key, rule.remedy)
		}
	}
}

// readTasks reads what selected people hand in. The forms must be there.
func (p *pack) readTasks(o *object) {
	for _, n := range o.list("tasks") {
		to := open(o.r, n, "a task")
		t := flows.Task{Form: to.must("form"), Optional: to.flag("optional")}
		due, timed := to.moment("due", p.event.Zone, true)
		if t.Due = due; !timed && !due.IsZero() {
			t.Due = due.AddDate(0, 0, 1).Add(-time.Second) // the end of that day
		}
		if last := p.event.End; !last.IsZero() && t.Due.After(last.AddDate(0, 0, 1)) {
			p.warning("event.yaml").at(to.place("due"), "due is after the last day of the event")
		}
		if t.Form != "" && p.event.Forms[t.Form] == nil {
			o.r.at(to.place("form"), "form: there is no forms/%s.yaml in this pack", t.Form)
		}
		to.done()
		p.event.Tasks = append(p.event.Tasks, t)
	}
}
