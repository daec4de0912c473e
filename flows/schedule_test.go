package flows

import (
	"testing"
	"time"
	_ "time/tzdata"
)

// Every daily schedule fires exactly once on every day of twenty years, whatever the zone does to its clocks.
func TestDailyScheduleFiresOncePerDay(t *testing.T) {
	for _, name := range []string{"Asia/Seoul", "Asia/Kathmandu", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Asia/Beirut",
		"America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Pyongyang", "Asia/Tehran"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range []string{"0 9 * * *", "30 2 * * *", "0 0 * * *", "30 0 * * *", "30 1 * * *"} {
			s, err := NewSchedule(spec, zone)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]int{}
			at := time.Date(2005, 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
			end := time.Date(2025, 1, 1, 0, 0, 0, 0, zone).Add(-time.Second)
			for {
				next := s.Next(at)
				if !next.After(at) {
					t.Fatalf("%s %q: %v is not after %v", name, spec, next, at)
				}
				if at = next; at.After(end) {
					break
				}
				seen[at.In(zone).Format(time.DateOnly)]++
			}
			for day := time.Date(2005, 1, 1, 12, 0, 0, 0, time.UTC); day.Year() < 2025; day = day.AddDate(0, 0, 1) {
				want := 1
				if name == "Pacific/Apia" && day.Format(time.DateOnly) == "2011-12-30" {
					continue // Samoa had no such day; its strike falls on the 31st, which then has two
				}
				if name == "Pacific/Apia" && day.Format(time.DateOnly) == "2011-12-31" {
					want = seen["2011-12-31"]
				}
				if seen[day.Format(time.DateOnly)] != want {
					t.Fatalf("%s %q fired %d times on %s", name, spec, seen[day.Format(time.DateOnly)], day.Format(time.DateOnly))
				}
			}
		}
	}
}

// An hourly schedule follows real time: 23 strikes on the short day, 25 on the long one.
func TestHourlyScheduleFollowsRealTime(t *testing.T) {
	zone, _ := time.LoadLocation("Europe/Berlin")
	s, err := NewSchedule("0 * * * *", zone)
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]int{"2020-03-29": 23, "2020-10-25": 25, "2020-06-01": 24} {
		start, _ := time.ParseInLocation(time.DateOnly, day, zone)
		n := 0
		for at := s.Next(start.Add(-time.Second)); at.Before(start.AddDate(0, 0, 1)); at = s.Next(at) {
			n++
		}
		if n != want {
			t.Errorf("%s: %d strikes, want %d", day, n, want)
		}
	}
}

// What the library would accept or crash on, and nobody means, is refused with a reason.
func TestScheduleRefuses(t *testing.T) {
	for _, spec := range []string{"", "TZ=Europe/Berlin", "TZ=Europe/Berlin 0 9 * * *", "CRON_TZ=Asia/Seoul 0 9 * * *", "@every 0s",
		"0 0 30 2 *", "0 9 * * 8", "61 * * * *", "* * *", "\x00"} {
		if _, err := NewSchedule(spec, time.UTC); err == nil {
			t.Errorf("%q was accepted", spec)
		}
	}
}

func FuzzSchedule(f *testing.F) {
	for _, s := range []string{"0 9 * * *", "*/5 * * * 1-5", "0 0 29 2 *", "TZ=x", "@daily"} {
		f.Add(s)
	}
	zone, _ := time.LoadLocation("Africa/Cairo")
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := NewSchedule(spec, zone)
		if err != nil {
			return
		}
		at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
		for range 5 {
			next := s.Next(at)
			if next.IsZero() {
				return
			}
			if !next.After(at) {
				t.Fatalf("%q: %v after %v", spec, next, at)
			}
			at = next
		}
	})
}
