package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/xuri/excelize/v2"

	"olle/flows"
	"olle/storage/bolt"
)

// keyFile makes a key pair: the recipient for the settings, and the identity in a file outside the data folder.
func keyFile(t testing.TB) (recipient, path string) {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.txt")
	if err := os.WriteFile(path, []byte("# organisers\n"+key.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return key.Recipient().String(), path
}

// applies walks somebody to the checklist and returns the reference.
func (v *visitor) applies(name string) string {
	v.t.Helper()
	v.say("/apply")
	var r chatReply
	for _, answer := range []string{"I agree", "For myself", name, "=Ministry", "Head", "government", "senior", "9", "Kathmandu", "Kathmandu", "Nepal", "nina@example.org"} {
		r = v.say(answer)
	}
	expect(v.t, r, "0 of 7")
	return regexp.MustCompile(`VCA20-[A-Z2-7]{6}`).FindString(r.text())
}

// unpacked is a ZIP file read from the disk.
func unpacked(t testing.TB, path string) map[string][]byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return unzipped(t, raw)
}

func unzipped(t testing.TB, raw []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if all[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return all
}

// What people sent comes out byte for byte, with the key given at that moment, beside a running serve and without one.
func TestExport(t *testing.T) {
	t.Parallel()
	recipient, key := keyFile(t)
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": recipient}
	s := startServe(t, env)
	nina, omar := &visitor{t: t, base: s.base, log: s.log}, &visitor{t: t, base: s.base, log: s.log}
	first, second := nina.applies("Nina Rai"), omar.applies("Ömar")
	nina.upload("my cv.pdf", pdf("cv"))
	nina.upload("application.pdf", pdf("application 1"))
	nina.say("/upload application form")
	nina.upload("application.pdf", pdf("application 2"))
	omar.upload("cv.pdf", pdf("omar"))
	(&visitor{t: t, base: s.base, log: s.log}).say("hello")

	out := filepath.Join(t.TempDir(), "all.zip")
	exported(t, env, "-out", out, "-identity", key)
	if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v (%v)", info.Mode(), err)
	}
	got := unpacked(t, out)
	for name, want := range map[string][]byte{
		first + "/7_cv_v1.pdf": pdf("cv"), first + "/1_application-form_v1.pdf": pdf("application 1"),
		first + "/1_application-form_v2.pdf": pdf("application 2"), second + "/7_cv_v1.pdf": pdf("omar"),
	} {
		if !bytes.Equal(got[name], want) {
			t.Errorf("%s: %q", name, got[name])
		}
	}
	if len(got) != 8 {
		t.Errorf("%d files", len(got))
	}
	var manifest []manifestRow
	if err := json.Unmarshal(got["manifest.json"], &manifest); err != nil || len(manifest) != 4 {
		t.Fatalf("%v\n%s", err, got["manifest.json"])
	}
	for _, r := range manifest {
		if r.Check != "as received" || len(r.Hash) != 64 || got[r.Path] == nil || r.Size != int64(len(got[r.Path])) {
			t.Errorf("manifest: %+v", r)
		}
	}

	code, _, errs := olle(t, env, "", "export", "-out", out, "-identity", key)
	if code != exitFailed || !strings.Contains(errs, "exists; -force replaces it") {
		t.Errorf("%d %s", code, errs)
	}
	exported(t, env, "-out", out, "-force", "-person", strings.ToLower(second)) // no identity
	got = unpacked(t, out)
	if sealed := got[second+"/7_cv_v1.pdf.age"]; !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1")) || len(got) != 5 {
		t.Errorf("%d files; %.30q", len(got), sealed)
	}
	s.stop()
	exported(t, env, "-out", out, "-force", "-identity", key) // the store is opened here
	if got := unpacked(t, out); !bytes.Equal(got[second+"/7_cv_v1.pdf"], pdf("omar")) {
		t.Error("without a serve the document is another")
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(out), "*")); len(left) != 1 {
		t.Errorf("left over: %v", left)
	}
	onTheTrail(t, env, "zip, decrypted everybody who applies|zip, decrypted everybody who applies|zip "+strings.ToLower(second)+"|zip, decrypted everybody who applies")
}

func exported(t testing.TB, env map[string]string, args ...string) {
	t.Helper()
	if code, out, errs := olle(t, env, "", append([]string{"export"}, args...)...); code != exitOK || !strings.Contains(out, "people") {
		t.Fatalf("export %q: %d %s %s", args, code, out, errs)
	}
}

// onTheTrail compares the exports on the audit trail: every one that began is there.
func onTheTrail(t *testing.T, env map[string]string, want string) {
	t.Helper()
	store, err := bolt.Open(filepath.Join(env["OLLE_DATA_DIR"], "olle.db"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	docs, err := store.List(context.Background(), flows.AuditKey, "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range docs {
		var e flows.Entry
		if json.Unmarshal(d.Data, &e) == nil && e.What == "export" && e.By == "operator" {
			got = append(got, e.Detail+" "+e.Whom)
		}
	}
	if all := strings.Join(got, "|"); !strings.HasSuffix(all, strings.TrimPrefix(want, "zip, decrypted everybody who applies|")) {
		t.Errorf("the trail holds %s", all)
	}
}

// Lists say the same in every format, and none can hold a formula.
func TestExportOfLists(t *testing.T) {
	t.Parallel()
	recipient, _ := keyFile(t)
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": recipient}
	s := startServe(t, env)
	nina := &visitor{t: t, base: s.base, log: s.log}
	ref := nina.applies("Nina Rai")
	nina.upload("cv.pdf", pdf("cv"))
	dir := t.TempDir()
	for _, name := range []string{"a.csv", "a.xlsx", "a.json"} {
		exported(t, env, "-out", filepath.Join(dir, name))
	}
	raw, _ := os.ReadFile(filepath.Join(dir, "a.csv"))
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v\n%s", err, raw)
	}
	cell := map[string]string{}
	for i, c := range rows[0] {
		cell[c] = rows[1][i]
	}
	for column, want := range map[string]string{"Reference": ref, "Stage": "applying", "Full name": "Nina Rai", "Organisation": "'=Ministry", "7. CV": "received",
		"1. Application form": "missing", "Documents": "1 of 7", "Consent": "2020-02", "Platforms": "web", "Language": "en", "Zone": "Asia/Kathmandu"} {
		if cell[column] != want {
			t.Errorf("%s is %q, want %q", column, cell[column], want)
		}
	}
	if !strings.HasPrefix(cell["7. CV, received (KST)"], "2020-02-03 09:") {
		t.Errorf("received %q", cell["7. CV, received (KST)"])
	}
	book, err := excelize.OpenFile(filepath.Join(dir, "a.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if sheet, err := book.GetRows(book.GetSheetName(0)); err != nil || len(sheet) != 2 || strings.Join(sheet[0], "|") != strings.Join(rows[0], "|") {
		t.Errorf("%q (%v)", sheet, err)
	}
	var people []struct {
		Reference string
		Facts     map[string]string
		Files     []manifestRow
	}
	raw, _ = os.ReadFile(filepath.Join(dir, "a.json"))
	if err := json.Unmarshal(raw, &people); err != nil || len(people) != 1 || people[0].Reference != ref || people[0].Facts["Organisation"] != "=Ministry" || len(people[0].Files) != 1 {
		t.Errorf("%v\n%s", err, raw)
	}
}

// What cannot be exported is said, and leaves nothing on the disk.
func TestExportRefuses(t *testing.T) {
	t.Parallel()
	recipient, _ := keyFile(t)
	_, other := keyFile(t)
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": recipient}
	s := startServe(t, env)
	nina := &visitor{t: t, base: s.base, log: s.log}
	nina.applies("Nina Rai")
	nina.upload("cv.pdf", pdf("cv"))
	dir := t.TempDir()
	out := filepath.Join(dir, "x.zip")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "export -out FILE", nil},
		{exitUsage, "no format \"pdf\"", []string{"-out", out, "-format", "pdf"}},
		{exitFailed, "olle: export: open " + filepath.Join(dir, "none"), []string{"-out", out, "-identity", filepath.Join(dir, "none")}},
		{exitFailed, "no age identity file", []string{"-out", out, "-identity", "export_test.go"}},
		{exitFailed, "opens none of the documents", []string{"-out", out, "-identity", other}},
		{exitFailed, "no person with the reference", []string{"-out", out, "-person", "VCA20-NOBODY"}},
		{exitFailed, "no such file or directory", []string{"-out", filepath.Join(dir, "no", "x.zip")}},
	} {
		code, printed, errs := olle(t, env, "", append([]string{"export"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%q: %d %s %s", c.args, code, printed, errs)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) != 0 {
		t.Errorf("left over: %v", left)
	}
}

// A document that was damaged on the disk is named; the others are there.
func TestExportWithADamagedDocument(t *testing.T) {
	t.Parallel()
	recipient, key := keyFile(t)
	env := map[string]string{"OLLE_DATA_DIR": t.TempDir(), "OLLE_AGE_RECIPIENTS": recipient}
	s := startServe(t, env)
	nina := &visitor{t: t, base: s.base, log: s.log}
	ref := nina.applies("Nina Rai")
	nina.upload("cv.pdf", pdf("cv"))
	files, _ := filepath.Glob(filepath.Join(env["OLLE_DATA_DIR"], "files", "*"))
	if len(files) != 1 {
		t.Fatal(files)
	}
	raw, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(files[0], raw, 0o600); err != nil {
		t.Fatal(err)
	}
	nina.upload("waiver.pdf", pdf("waiver"))
	out := filepath.Join(t.TempDir(), "x.zip")
	code, _, errs := olle(t, env, "", "export", "-out", out, "-identity", key)
	if code != exitFailed || !strings.Contains(errs, "1 documents could not be read") {
		t.Errorf("%d %s", code, errs)
	}
	got := unpacked(t, out)
	if !bytes.Equal(got[ref+"/3_waiver_v1.pdf"], pdf("waiver")) || !strings.Contains(string(got["manifest.csv"]), "damaged") {
		t.Errorf("manifest:\n%s", got["manifest.csv"])
	}
}
