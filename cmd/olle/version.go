package main

import (
	"context"
	"fmt"
	"runtime/debug"
)

// release is set at build time: -ldflags "-X main.release=1.2.0".
var release = "development"

// version prints the release and the exact source it was built from, as far as the build recorded it.
func version(_ context.Context, p *program, args []string) error {
	if err := parse(flags("version"), args); err != nil {
		return err
	}
	fmt.Fprintln(p.out, versionLine())
	return nil
}

func versionLine() string {
	line := "olle " + release
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return line
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			line += " (" + s.Value[:12] + ")"
		}
	}
	return line + " " + info.GoVersion
}
