package flows

import (
	"testing"
	"time"
)

func TestNightIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]string{
		"22:00-07:00": "22:00-07:00", "21-8": "21:00-08:00", "9pm to 7am": "21:00-07:00", "9:30 pm – 7.15 am": "21:30-07:15", "22h-6h30": "22:00-06:30",
		"0-6": "00:00-06:00", "24-6": "00:00-06:00", "12am-6am": "00:00-06:00", "none": "none", " 23 - 7 ": "23:00-07:00", "२२-७": "22:00-07:00",
	} {
		if n, err := ParseNight(text); err != nil || n.String() != want {
			t.Errorf("%q is %s (%v), want %s", text, n, err, want)
		}
	}
	for _, text := range []string{"", "22", "25-7", "22:60-7", "7-7", "6-23", "13pm-7am", "22-7-9", "night", "-7", "22 7"} {
		if n, err := ParseNight(text); err == nil {
			t.Errorf("%q was read as %s", text, n)
		}
	}
}

// At every minute of the days around a change of clocks: a night ends at its hour, in the future, less than a day away.
func TestMorningComes(t *testing.T) {
	for _, name := range []string{"Asia/Seoul", "Pacific/Apia", "Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Beirut"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []Night{{22 * 60, 7 * 60}, {0, 6 * 60}, {23 * 60, 2*60 + 30}, {60, 3 * 60}} {
			for _, from := range []string{"2020-03-28", "2020-10-24", "2020-04-04", "2023-04-27", "2023-10-26"} {
				at, _ := time.ParseInLocation(time.DateOnly, from, zone)
				for range 3 * 24 * 60 {
					checkMorning(t, n, at, zone)
					at = at.Add(time.Minute)
				}
			}
		}
	}
}

func checkMorning(t *testing.T, n Night, at time.Time, zone *time.Location) {
	t.Helper()
	local := at.In(zone)
	now := local.Hour()*60 + local.Minute()
	in := n.From < n.To && now >= n.From && now < n.To || n.From > n.To && (now >= n.From || now < n.To)
	morning := n.Morning(at, zone)
	if in == morning.IsZero() {
		t.Fatalf("%s %s at %s: morning %v", zone, n, local, morning)
	}
	if !in {
		return
	}
	end := morning.In(zone)
	if wait := morning.Sub(at); wait <= 0 || wait > time.Duration(n.minutes()+60)*time.Minute {
		t.Fatalf("%s %s at %s: waits %s", zone, n, local, wait)
	}
	if minute := end.Hour()*60 + end.Minute(); minute != n.To {
		_, before := morning.Add(-time.Second).In(zone).Zone()
		if _, after := end.Zone(); after <= before { // only a gap may swallow the hour at which the night ends
			t.Fatalf("%s %s at %s: ends at %s", zone, n, local, end)
		}
	}
}

func FuzzNight(f *testing.F) {
	for _, s := range []string{"22:00-07:00", "21-8", "9pm to 7am", "24-24", "0-16"} {
		f.Add(s)
	}
	zone, _ := time.LoadLocation("Africa/Cairo")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseNight(s)
		if err != nil {
			return
		}
		if again, err := ParseNight(n.String()); err != nil || again != n {
			t.Fatalf("%q is printed as %s, which is %s (%v)", s, n, again, err)
		}
		for at := time.Date(2023, 4, 27, 0, 0, 0, 0, zone); at.Day() < 30; at = at.Add(17 * time.Minute) {
			if m := n.Morning(at, zone); !m.IsZero() && !m.After(at) {
				t.Fatalf("%q: the morning of %v was %v", s, at, m)
			}
		}
	})
}
