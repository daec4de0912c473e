package flows

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"olle/flows/places"
)

// What people say about reminders: on, off, fewer, a pause, quiet hours of their own. It works as /reminders with words, as buttons
// under every reminder, and for the plainest words without a command.

const (
	aDay          = 24 * time.Hour
	longestSnooze = 60 * aDay
)

// reminderWishes are the words of /reminders by what they ask for; the texts add those of each language.
var reminderWishes = map[string]string{
	"off": "off|stop|no|none|never|no more", "on": "on|yes|start|again|all", "fewer": "fewer|less|few|only the important ones|important",
	"tomorrow": "tomorrow|tomorrow again|later|snooze|pause|wait|not now",
}

// reminders is /reminders, with or without a wish.
func reminders(t *Turn, args string) {
	if args == "" {
		t.remindersAre()
	} else if !t.wish(args) {
		t.Say("reminders.which")
	}
	if t.top() == nil {
		t.offerReminders()
	}
	t.asked = t.top() != nil
}

// wish does what the words ask for; false: they ask for nothing we know, and nothing has changed.
func (t *Turn) wish(args string) bool {
	if d, ok := parseSnooze(args); ok {
		t.pause(d)
		return true
	}
	if night, ok := cutNight(args); ok {
		t.setNight(night)
		return true
	}
	switch what := t.reminderWish(args, true); what {
	case "off", "on", "fewer":
		p := t.Person
		p.Quiet, p.Fewer, p.Snoozed = what == "off", what == "fewer", time.Time{}
		t.out.Alarms = append(t.out.Alarms, Alarm{Name: snoozeAlarm})
		t.Say("reminders." + what)
	case "tomorrow":
		t.pause(aDay)
	default:
		return false
	}
	return true
}

// reminderWords and reminderChoices are the lists of words for each wish.
var (
	reminderWords   = wordLists("words.reminders.", sortedKeys(reminderWishes)...)
	reminderChoices = wordLists("choice.reminders.", sortedKeys(reminderWishes)...)
)

// reminderWish finds what words ask for: those of the texts, and with short also the single words that need the command before them.
func (t *Turn) reminderWish(text string, short bool) string {
	folded := places.Fold(text)
	if folded == "" {
		return ""
	}
	for i, list := range reminderWords {
		if slices.Contains(t.texts.Words(reminderChoices[i].key), folded) || slices.Contains(t.texts.Words(list.key), folded) ||
			short && slices.Contains(foldedWords(reminderWishes[list.name]), folded) {
			return list.name
		}
	}
	return ""
}

// remindersAre says how things stand.
func (t *Turn) remindersAre() {
	p := t.Person
	switch {
	case p.Quiet:
		t.Say("reminders.are_off")
	case !p.Snoozed.IsZero():
		t.Say("reminders.are_paused", "until", t.moment(p.Snoozed))
	case p.Fewer:
		t.Say("reminders.are_few")
	default:
		t.Say("reminders.are_on")
	}
	t.sayNight()
}

func (t *Turn) sayNight() {
	night := t.night()
	if night == (Night{}) {
		t.Say("reminders.no_night")
		return
	}
	t.Say("reminders.night", "hours", night.String(), "zone", t.nightZone())
}

// nightZone names the clock by which the night is meant.
func (t *Turn) nightZone() string {
	if t.zone() != nil && !t.onTheSpot() {
		return t.Person.Zone
	}
	return t.Event.ZoneTag
}

// offerReminders offers what is not so already.
func (t *Turn) offerReminders() {
	p := t.Person
	if p.Quiet || p.Fewer || !p.Snoozed.IsZero() {
		t.Offer(t.remindChoice("on"))
		return
	}
	t.Offer(t.remindChoice("tomorrow"), t.remindChoice("fewer"), t.remindChoice("off"))
}

// pause keeps reminders back for a while. One that would last until the deadline is not a pause: the person is told.
func (t *Turn) pause(d time.Duration) {
	until := t.At.Add(d)
	if morning := t.night().Morning(until, t.clockZone()); !morning.IsZero() {
		until = morning
	}
	switch {
	case !t.late(t.At) && t.late(until):
		t.Say("reminders.pause_too_long")
		return
	case d > longestSnooze:
		t.Say("reminders.pause_longest", "days", int(longestSnooze/aDay))
		return
	}
	t.Person.Quiet = false
	t.snooze(until)
	t.Say("reminders.paused", "until", t.moment(until))
}

func (t *Turn) setNight(s string) {
	night, err := ParseNight(s)
	if err != nil {
		t.Say("reminders.night_how")
		return
	}
	t.Person.Night = &night
	t.sayNight()
}

var (
	nightWords = regexp.MustCompile(`^(?:quiet|quiet hours|night|silent|silence) ?(.*)$`)
	noNight    = regexp.MustCompile(`^(?:off|none|no|never)$`)
)

// cutNight takes "quiet" off quiet hours; the hours alone are read too.
func cutNight(args string) (hours string, ok bool) {
	text := strings.ToLower(strings.Join(strings.Fields(args), " "))
	if m := nightWords.FindStringSubmatch(text); m != nil {
		if noNight.MatchString(m[1]) {
			return "none", true
		}
		return m[1], true
	}
	if _, err := ParseNight(text); err == nil && text != "none" {
		return text, true
	}
	return "", false
}

// pauseSpan reads "snooze 2 days", "3 hours", "a week", "2w"; units in the languages of the texts.
var pauseSpan = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:snooze|pause|wait|in|for|later)? ?(?:for |in )?(\d{1,4}|an?|one|two|three|satu|một|dua|hai)? ?(hours?|hrs?|h|시간|giờ|gio|jam|days?|d|일|ngày|ngay|hari|weeks?|w|주|tuần|tuan|minggu)$`)
})

var smallNumbers = map[string]int{"": 1, "a": 1, "an": 1, "one": 1, "satu": 1, "một": 1, "two": 2, "dua": 2, "hai": 2, "three": 3}

// parseSnooze reads how long a pause is to last.
func parseSnooze(args string) (time.Duration, bool) {
	m := pauseSpan().FindStringSubmatch(strings.ToLower(strings.Join(strings.Fields(digits(args)), " ")))
	if m == nil {
		return 0, false
	}
	n, ok := smallNumbers[m[1]]
	if !ok {
		n, _ = strconv.Atoi(m[1])
	}
	unit := aDay
	switch u := []rune(m[2])[0]; {
	case u == 'h' && m[2] != "hari", m[2] == "시간", u == 'g', u == 'j':
		unit = time.Hour
	case u == 'w', u == '주', u == 't', u == 'm':
		unit = 7 * aDay
	}
	return time.Duration(n) * unit, n > 0
}

// wishes are what the person set of reminders, for my data.
func (t *Turn) wishes() (all []string) {
	p := t.Person
	if p.Quiet {
		all = append(all, t.Text("reminders.are_off"))
	}
	if p.Fewer {
		all = append(all, t.Text("reminders.are_few"))
	}
	if !p.Snoozed.IsZero() {
		all = append(all, t.Text("reminders.are_paused", "until", t.moment(p.Snoozed)))
	}
	switch {
	case p.Night == nil:
	case *p.Night == (Night{}):
		all = append(all, t.Text("reminders.no_night"))
	default:
		all = append(all, t.Text("reminders.night", "hours", p.Night.String(), "zone", t.nightZone()))
	}
	return all
}
