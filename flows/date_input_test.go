package flows_test

import (
	"strings"
	"testing"
)

// A day is read as people write it in their own languages, whatever language they talk in; what is no day is asked again.
func TestDatesAsPeopleWriteThem(t *testing.T) {
	r := tea(t, "forms/born.yaml", "title: Born\ndone: \"You said {born}.\"\nquestions:\n  - {id: born, type: date, ask: When were you born?}\n",
		"texts/sw.yaml", "language: Kiswahili\ntexts:\n  words.months: januari | februari | machi | aprili | mei | juni | julai | agosti | septemba | oktoba | novemba | desemba\n  words.date: mwezi wa | ya | tarehe\n")
	say(t, r, "/born", "/cancel")
	for _, typed := range []string{
		"31 December 1990", "31 Dec 1990", "December 31, 1990", "Dec 31st, 1990", "the 31st of December 1990", "1990-12-31", "31.12.1990", "31/12/1990", "1990/12/31", "1990.12.31", "31-12-1990",
		"31 de dezembro de 1990", "31 décembre 1990", "31 DÉCEMBRE 1990", "31 de diciembre de 1990", "31 del 12 de 1990", "1990년 12월 31일", "1990년12월31일", "1990. 12. 31.", "1990年12月31日",
		"31 tháng 12 năm 1990", "ngày 31 tháng 12 năm 1990", "31 Desember 1990", "tanggal 31 des 1990", "31 Desemba 1990", "tarehe 31 ya Desemba 1990", "๓๑/๑๒/๑๙๙๐", "31 Dec. 1990", "1990 December 31",
	} {
		if got := say(t, r, "/born", typed); !strings.Contains(got, "You said 31 December 1990 (Monday).") {
			t.Errorf("%q: %s", typed, got)
		}
	}
	if got := say(t, r, "/born", "1er août 2001"); !strings.Contains(got, "You said 1 August 2001") {
		t.Error(got)
	}
	if got := say(t, r, "/born", "1 August 2001"); !strings.Contains(got, "You said 1 August 2001") {
		t.Error(got)
	}
	for _, typed := range []string{"someday", "31 February 1990", "31 de dezembro", "December 1990", "12 31 90", "31.12.90", "31 December December 1990", "5 of 12 houses since 1990", "13/13/1990", "31 12", "1990 1991 12", "1 2 3 1990", "0 March 1990", "31 Blurg 1990"} {
		if got := say(t, r, "/born", typed); !strings.Contains(got, "Please answer with a date") && !strings.Contains(got, "When were you born?") {
			t.Errorf("%q: %s", typed, got)
		}
		say(t, r, "/cancel")
	}
}
