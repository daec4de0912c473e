package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// vacant refuses the name of a file that exists, unless it may be replaced.
func vacant(name string, force bool) error {
	if _, err := os.Lstat(name); err == nil && !force {
		return taken(name)
	}
	return nil
}

func taken(name string) error { return fmt.Errorf("%s exists; -force replaces it", name) }

// writeWhole writes a file, mode 0600, that is there as a whole or not at all. Unless it may be replaced, one that appeared meanwhile is
// left alone, where the file system can tell (links).
func writeWhole(name string, force bool, write func(io.Writer) error) error {
	if err := vacant(name, force); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(name), ".olle-*") // mode 0600
	var failed *fs.PathError
	if errors.As(err, &failed) { // it names a file that nobody asked for
		return fmt.Errorf("cannot write to the folder %s: %w", filepath.Dir(name), failed.Err)
	}
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	w := bufio.NewWriterSize(temp, 256<<10)
	err = write(w)
	if err = errors.Join(err, w.Flush(), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if !force {
		switch err := os.Link(temp.Name(), name); {
		case err == nil:
			return nil
		case errors.Is(err, fs.ErrExist):
			return taken(name)
		}
		if err := vacant(name, false); err != nil { // there are no links: this is as near as can be
			return err
		}
	}
	return os.Rename(temp.Name(), name)
}
