package bolt

import (
	"path/filepath"
	"testing"
	"time"

	"olle/storage"
	"olle/storage/storagetest"
)

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) func(*testing.T, func() time.Time) storage.Store {
		path := filepath.Join(t.TempDir(), "olle.db")
		var s *Store
		return func(t *testing.T, now func() time.Time) storage.Store {
			if s == nil {
				s = openTest(t, path, now)
			}
			return s
		}
	})
}

func openTest(t testing.TB, path string, now func() time.Time) *Store {
	t.Helper()
	s, err := Open(path, now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openPlace(place string) (storage.Store, error) { return Open(place, time.Now) }

func TestKill(t *testing.T) {
	storagetest.Kill(t, storagetest.KillOptions{Place: filepath.Join(t.TempDir(), "olle.db"), Open: openPlace})
}

func TestKillChild(t *testing.T) { storagetest.KillChild(t, openPlace) }
