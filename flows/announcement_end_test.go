package flows_test

import (
	"errors"
	"strings"
	"testing"

	"olle/flows"
)

// left are the keys that still belong to an announcement.
func (d *office) left(id string) (keys []string) {
	d.Helper()
	for _, doc := range dump(d.T, d.run) {
		if strings.Contains(doc.Key+"/", "/"+id+"/") {
			keys = append(keys, doc.Key)
		}
	}
	return keys
}

func (d *office) until(moment string) {
	d.Helper()
	if _, err := d.run.Until(at(d.T, moment)); err != nil {
		d.Fatal(err)
	}
}

// What was announced goes when what was said goes, with its ledger, who has read it, and its file's key; what is sent after that has as many
// days of its own.
func TestAnnouncementsAreNotKeptForEver(t *testing.T) {
	d := newOffice(t, people(5)...)
	d.call(flows.Operator, "SENT", "create", flows.AnnouncementArgs{Text: "Doors open at nine.", Read: true})
	d.call(flows.Operator, "SENT", "start", nil)
	d.call(flows.Operator, "DRAFT", "create", flows.AnnouncementArgs{Text: "Not yet"})
	d.call(flows.Operator, "LATER", "create", flows.AnnouncementArgs{Text: "Half a year on.", To: "terminal:lobby", At: at(t, "2020-10-03 10:00")})
	d.call(flows.Operator, "LATER", "start", nil)
	d.until("2020-02-03 10:00")
	d.is("SENT", "finished", 5)
	d.taps("p001", "announcement/read/SENT")
	if n := len(d.left("SENT")); n != 2+5+1 { // itself, its drip, five entries, a reader
		t.Errorf("%d documents: %v", n, d.left("SENT"))
	}
	if got := spoken(d.says("p001", "/mydata")); !strings.Contains(got, "Announcements of the organisers received: 1") {
		t.Error(got)
	}
	d.until("2020-07-02 23:00") // the last day of the ninety
	if len(d.left("SENT")) == 0 || len(d.left("DRAFT")) == 0 {
		t.Error("removed too early")
	}
	d.until("2020-07-03 01:00")
	for _, id := range []string{"SENT", "DRAFT"} {
		if keys := d.left(id); len(keys) > 0 {
			t.Errorf("of %s is left: %v", id, keys)
		}
	}
	if _, err := flows.ReportAnnouncement(d.run, "SENT"); !errors.Is(err, flows.ErrNoAnnouncement) {
		t.Errorf("it is still reported: %v", err)
	}
	if got := spoken(d.says("p001", "/mydata")); strings.Contains(got, "Announcements of the organisers received") {
		t.Error(got)
	}
	d.is("LATER", "scheduled", 0)
	d.until("2020-10-03 11:00")
	d.is("LATER", "finished", 1)
	d.call(flows.Operator, "NEW", "create", flows.AnnouncementArgs{Text: "One more thing"})
	d.until("2021-01-01 09:00")
	if len(d.left("LATER")) == 0 || len(d.left("NEW")) == 0 {
		t.Error("what was sent later is removed too early")
	}
	d.until("2021-01-03 12:00")
	if keys := append(d.left("LATER"), d.left("NEW")...); len(keys) > 0 {
		t.Errorf("what was sent later is kept for ever: %v", keys)
	}
}
