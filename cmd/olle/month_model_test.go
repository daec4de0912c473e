package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a person of the month should hear, calculated from the announcement's dates and what they did; nothing here asks the program.

// heard is one message that was or should be heard.
type heard struct {
	at   time.Time
	name string
}

func (h heard) String() string { return h.at.In(kst).Format("01-02 15:04:05 ") + h.name }

// notice is one strike of one of the pack's reminders, or the news of the moved deadline.
type notice struct {
	name      string
	order     int           // place in the pack: of two due at once the later is told
	at        time.Time     // for everybody; zero: at nine of the day by their own clock
	day       int           // that Monday in February; January's are negative
	of        time.Time     // the deadline it counts to
	late      time.Duration // how late it may be; 0: any
	essential bool
	service   bool
}

// monthNotices lists all strikes. Those that count to the old deadline end when it is moved, those to the new one begin then.
func monthNotices() []notice {
	var all []notice
	for _, deadline := range []time.Time{deadlineWas, deadlineNow} {
		before := func(days, hours, order int, name string, late int, essential bool) {
			at := deadline.Add(-time.Duration(days*24+hours) * time.Hour)
			all = append(all, notice{name: name, order: order, at: at, of: deadline, late: time.Duration(late) * time.Hour, essential: essential})
		}
		before(14, 12, 1, "weeks", 48, false)
		before(10, 12, 2, "seal", 72, false)
		before(7, 12, 3, "weeks", 48, true)
		before(3, 12, 4, "days", 24, false)
		before(1, 12, 5, "day", 24, true)
		before(0, 6, 6, "hours", 5, true)
		all = append(all, notice{name: "closed", order: 8, at: deadline.Add(12 * time.Hour), of: deadline, service: true})
	}
	for _, monday := range []int{-4, 3, 10, 17} { // 27 January is four days before the 31st
		all = append(all, notice{name: "monday", order: 7, day: monday, late: 24 * time.Hour})
	}
	return all
}

func deadlineAt(t time.Time) time.Time {
	if t.Before(deadlineSet) {
		return deadlineWas
	}
	return deadlineNow
}

// nextUp is t, or when the bot is up again.
func nextUp(t time.Time) time.Time {
	for _, d := range monthDown {
		if !t.Before(d[0]) && t.Before(d[1]) {
			return d[1]
		}
	}
	return t
}

// due is when the notice is to be heard in a zone; looked is when the program looks for whom it is.
func (n notice) due(zone *time.Location) time.Time {
	if !n.at.IsZero() {
		return n.at
	}
	return n.nine(zone)
}

func (n notice) nine(zone *time.Location) time.Time {
	month, d := time.February, n.day
	if d < 0 {
		month, d = time.January, 31+d
	}
	return time.Date(2020, month, d, 9, 0, 0, 0, zone)
}

func (n notice) looked() time.Time {
	if !n.at.IsZero() {
		return nextUp(n.at)
	}
	return nextUp(n.nine(time.FixedZone("first", 14*3600)))
}

// ends is when the notice is of no use any more; closed is never without.
func (n notice) ends(now time.Time) time.Time {
	if n.service {
		return monthEnds.AddDate(1, 0, 0)
	}
	return deadlineAt(now)
}

// holds says that the notice counts to the deadline as it stands.
func (n notice) holds(now time.Time) bool { return n.at.IsZero() || n.of.Equal(deadlineAt(now)) }

// life is a person's state while their month is gone through.
type life struct {
	*villager
	night      [2]int // minutes of the day
	sent       map[string]bool
	off, fewer bool
	pause      time.Time
	newest     time.Time // when the newest thing told was due
	told       []heard
	queue      []look
}

// look is a moment at which something is looked at: a deed, a notice, the end of a pause.
type look struct {
	at     time.Time
	deed   *deed
	notice *notice
	wake   bool
	moved  bool
}

// shouldHear goes through a person's month.
func (v *villager) shouldHear() []heard {
	l := &life{villager: v, night: [2]int{22 * 60, 7 * 60}, sent: map[string]bool{}}
	for i := range v.deeds {
		l.queue = append(l.queue, look{at: v.deeds[i].at, deed: &v.deeds[i]})
	}
	for _, n := range monthNotices() {
		switch first := n.looked(); {
		case !v.deeds[0].at.Before(first): // had not begun
		case !n.at.IsZero() && n.of.Equal(deadlineNow) && n.at.Before(deadlineSet): // was over when it came to be
		default:
			l.queue = append(l.queue, look{at: first, notice: &n})
		}
	}
	if v.deeds[0].at.Before(deadlineSet) {
		l.queue = append(l.queue, look{at: deadlineSet, moved: true})
	}
	for len(l.queue) > 0 {
		first := 0
		for i := range l.queue {
			if l.queue[i].at.Before(l.queue[first].at) {
				first = i
			}
		}
		next := l.queue[first]
		l.queue = slices.Delete(l.queue, first, first+1)
		if !next.at.Before(monthEnds) {
			continue
		}
		switch {
		case next.deed != nil:
			l.does(*next.deed)
		case next.wake:
			l.wakes(next.at)
		case next.moved:
			l.hearsMove(next.at)
		default:
			l.hears(*next.notice, next.at)
		}
	}
	return l.told
}

func (l *life) does(d deed) {
	switch d.what {
	case "send":
		l.sent[d.arg] = true
	case "off", "on", "fewer":
		l.off, l.fewer, l.pause = d.what == "off", d.what == "fewer", time.Time{}
	case "quiet":
		var a, b, c, e int
		_, _ = fmt.Sscanf(d.arg, "%d:%d-%d:%d", &a, &b, &c, &e)
		if length := (c*60 + e - a*60 - b + 1440) % 1440; length <= 16*60 {
			l.night = [2]int{a*60 + b, c*60 + e}
		}
	case "snooze":
		var n int
		var unit string
		_, _ = fmt.Sscanf(strings.ReplaceAll(d.arg, "d", " d"), "%d %s", &n, &unit)
		until := d.at.Add(time.Duration(n) * 24 * time.Hour)
		if unit[0] == 'h' {
			until = d.at.Add(time.Duration(n) * time.Hour)
		}
		if morning, asleep := l.morning(until); asleep {
			until = morning
		}
		if deadline := deadlineAt(d.at); !d.at.After(deadline) && until.After(deadline) {
			return // refused
		}
		l.off = false
		l.pauses(until)
	}
}

func (l *life) pauses(until time.Time) {
	l.pause = until
	l.queue = append(l.queue, look{at: nextUp(until), wake: true})
}

// morning is when the night around t ends.
func (l *life) morning(t time.Time) (time.Time, bool) {
	from, to := l.night[0], l.night[1]
	local := t.In(l.zone)
	now := local.Hour()*60 + local.Minute()
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, l.zone) // none of these zones changes its clocks in winter
	switch {
	case from < to && now >= from && now < to, from > to && now < to:
		return midnight.Add(time.Duration(to) * time.Minute), true
	case from > to && now >= from:
		return midnight.Add(time.Duration(to+24*60) * time.Minute), true
	}
	return t, false
}

// wants says whether the person is one whom the notice is for.
func (l *life) wants(n notice) bool {
	missing := len(l.sent) < len(itemNames)
	if n.name == "seal" {
		missing = !l.sent["nomination"]
	}
	return missing && (n.service || !l.off && (!l.fewer || n.essential))
}

// hears decides a notice at a moment at which it is looked at.
func (l *life) hears(n notice, now time.Time) {
	due := n.due(l.zone)
	switch {
	case !n.holds(now) || !l.wants(n) || !n.service && !due.After(l.newest):
		return
	case now.Before(due):
		l.queue = append(l.queue, look{at: nextUp(due), notice: &n})
		return
	case !n.service && !l.pause.IsZero() && l.pause.Before(n.ends(now)):
		return
	case !now.Before(n.ends(now)) || n.late > 0 && now.Sub(due) > n.late:
		return
	}
	if morning, asleep := l.morning(now); asleep && morning.Before(n.ends(now)) {
		if n.late == 0 || morning.Sub(due) <= n.late {
			l.queue = append(l.queue, look{at: nextUp(morning), notice: &n})
		}
		return
	}
	if n.service || !l.newer(n, due, now) {
		l.tell(n, now)
	}
}

// newer says that another notice, not yet too late, was due since.
func (l *life) newer(n notice, due, now time.Time) bool {
	for _, o := range monthNotices() {
		its := o.due(l.zone)
		if o.service || o.order == n.order || !o.holds(now) || !l.wants(o) || its.After(now) || now.Sub(its) > o.late || !now.Before(o.ends(now)) {
			continue
		}
		if its.After(due) || its.Equal(due) && o.order > n.order {
			return true
		}
	}
	return false
}

func (l *life) tell(n notice, now time.Time) {
	if due := n.due(l.zone); !n.service && due.After(l.newest) {
		l.newest = due
	}
	l.told = append(l.told, heard{now, n.name})
}

// wakes ends a pause with the newest notice there is.
func (l *life) wakes(now time.Time) {
	if l.pause.IsZero() || now.Before(l.pause) {
		return
	}
	if morning, asleep := l.morning(now); asleep && morning.Before(deadlineAt(now)) {
		l.pauses(morning)
		return
	}
	l.pause = time.Time{}
	var newest notice
	for _, n := range monthNotices() {
		due := n.due(l.zone)
		if n.service || !n.holds(now) || !l.wants(n) || due.After(now) || !now.Before(n.ends(now)) {
			continue
		}
		if newest.name == "" || due.After(newest.due(l.zone)) || due.Equal(newest.due(l.zone)) && n.order > newest.order {
			newest = n
		}
	}
	if newest.name != "" {
		l.tell(newest, now)
	}
}

// hearsMove decides the news of the moved deadline, for whoever applies.
func (l *life) hearsMove(now time.Time) {
	if morning, asleep := l.morning(now); asleep && morning.Before(deadlineWas) {
		l.queue = append(l.queue, look{at: nextUp(morning), moved: true})
		return
	}
	l.told = append(l.told, heard{now, "moved"})
}

// nameOf recognises a reminder or notice by its words; "" is another message.
func nameOf(text string) string {
	for name, words := range map[string]string{
		"weeks": "left for VCA workshop 2020.", "seal": "A small reminder about one paper", "days": "Please do not wait for the last evening",
		"day": "The deadline is near", "hours": "left until the deadline", "closed": "closed on 17 February 2020", "monday": "Good Monday!",
		"moved": "have moved the deadline",
	} {
		if strings.Contains(text, words) && !strings.Contains(text, "/delete") && !strings.Contains(text, "late applications are not accepted.") {
			return name
		}
	}
	return ""
}
