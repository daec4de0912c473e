package flows

import (
	"testing"
	"time"
)

func TestPausesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"snooze 2 days": 48 * time.Hour, "2d": 48 * time.Hour, "pause 3 hours": 3 * time.Hour, "3h": 3 * time.Hour, "in a week": 7 * 24 * time.Hour,
		"snooze for 1 day": 24 * time.Hour, "2 weeks": 14 * 24 * time.Hour, "snooze week": 7 * 24 * time.Hour, "2일": 48 * time.Hour, "3 시간": 3 * time.Hour,
		"hai ngày": 48 * time.Hour, "2 tuần": 14 * 24 * time.Hour, "3 giờ": 3 * time.Hour, "2 hari": 48 * time.Hour, "satu minggu": 7 * 24 * time.Hour,
		"3 jam": 3 * time.Hour, "२ days": 48 * time.Hour,
	} {
		if got, ok := parseSnooze(text); !ok || got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "snooze", "0 days", "-2 days", "2", "days of wine", "tomorrow", "2 years", "quiet 2-8"} {
		if got, ok := parseSnooze(text); ok {
			t.Errorf("%q was read as %s", text, got)
		}
	}
	for text, want := range map[string]string{"quiet 22-7": "22-7", "22-7": "22-7", "night 9pm-6am": "9pm-6am", "quiet": "", "quiet off": "none", "quiet none": "none"} {
		if got, ok := cutNight(text); !ok || got != want {
			t.Errorf("%q are quiet hours %q, want %q", text, got, want)
		}
	}
}

// Whatever is typed behind /reminders: what is read is within bounds, and reading it never fails otherwise.
func FuzzReminderWishes(f *testing.F) {
	for _, s := range []string{"snooze 2 days", "quiet 22-7", "fewer", "off", "9999 weeks", "hai tuần", "quiet 25-7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, ok := parseSnooze(s); ok && (d < time.Hour || d > 9999*7*24*time.Hour) {
			t.Fatalf("%q pauses %s", s, d)
		}
		if hours, ok := cutNight(s); ok {
			if n, err := ParseNight(hours); err == nil && (n.minutes() > longestNight || n.From < 0 || n.To >= 24*60) {
				t.Fatalf("%q is the night %v", s, n)
			}
		}
	})
}
