package bot

import (
	"crypto/sha256"
	"encoding/hex"
	"unicode"
	"unicode/utf8"

	"olle/storage"
)

// Queues that no platform owns.
const (
	clockQueue = "clock"    // alarms
	postQueue  = "post"     // updates for other subjects
	workQueue  = "work"     // files to fetch, leftovers to erase
	givenUp    = "given-up" // what could not be done in time, kept for the console; nobody claims it
)

// suffixRoom is what is left of a key for the names of things an update causes ("/m0", "/p12", …).
const suffixRoom = 64

// updateName returns the ID under which an update is known from here on: its own, or a digest of it where it is too long or holds
// bytes that have no place in a key.
func updateName(id string) string { return plainName(id, storage.MaxKey-suffixRoom) }

// keyName does the same for names that nothing is appended to.
func keyName(s string) string { return plainName(s, storage.MaxKey) }

func plainName(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) && printable(s) {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + hex.EncodeToString(sum[:])
}

func printable(s string) bool {
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// alarmID names the alarm of a subject; planting it again replaces it.
func alarmID(subject, name string) string { return keyName("alarm/" + subject + "/" + name) }
