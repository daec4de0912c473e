package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"
)

// demoFile holds the identity of a demonstration, in the data folder.
const demoFile = "demo-identity.txt"

// DemoRecipients serves a demonstration without an organiser's key: it makes an age identity in the data folder dir (mode 0600), or
// finds the one made before, and returns its recipient. notice is a sentence for the operator: with the identity beside the
// files their encryption protects nobody, which is why only a demonstration may do this.
func DemoRecipients(dir string) (recipients []age.Recipient, notice string, err error) {
	path := filepath.Join(dir, demoFile)
	identity, err := readIdentity(path)
	if errors.Is(err, fs.ErrNotExist) {
		identity, err = writeIdentity(dir, path)
	}
	if err != nil {
		return nil, "", err
	}
	notice = fmt.Sprintf("demonstration: documents are encrypted to the key in %s, which lies beside them and protects nobody; "+
		"set OLLE_AGE_RECIPIENTS before real people upload anything", path)
	return []age.Recipient{identity.Recipient()}, notice, nil
}

func readIdentity(path string) (*age.X25519Identity, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, explain(filepath.Dir(path), err)
	}
	defer file.Close()
	all, err := age.ParseIdentities(file)
	if err != nil {
		return nil, fmt.Errorf("files: %s: %w; delete it to make a new one (files encrypted to it are lost)", path, err)
	}
	for _, one := range all {
		if x, ok := one.(*age.X25519Identity); ok {
			return x, nil
		}
	}
	return nil, fmt.Errorf("files: %s holds no X25519 identity; delete it to make a new one", path)
}

func writeIdentity(dir, path string) (*age.X25519Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, explain(dir, err)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, fmt.Errorf("files: %w", err)
	}
	// Written aside first and then linked: the name appears with its content, and only for the first of several processes.
	file, err := os.CreateTemp(dir, demoFile+".*")
	if err != nil {
		return nil, explain(dir, err)
	}
	defer os.Remove(file.Name())
	_, err = fmt.Fprintf(file, "# key of a demonstration; public key: %s\n%s\n", identity.Recipient(), identity)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, explain(dir, err)
	}
	switch err := os.Link(file.Name(), path); {
	case errors.Is(err, fs.ErrExist):
		return readIdentity(path) // another process was faster
	case err != nil:
		return nil, explain(dir, err)
	}
	return identity, nil
}
