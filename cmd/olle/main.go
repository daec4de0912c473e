// Command olle is the assistant itself: one program with a subcommand for each thing an operator does. It is the only package that
// knows all parts; wire.go chooses them, and each subcommand has a file of its own.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sort"
	"strings"
	"syscall"

	_ "time/tzdata" // zones must not depend on the machine
)

// Exit codes of every subcommand.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// program is what subcommands share: the outside world, so that tests can put another in its place.
type program struct {
	in     io.Reader
	out    io.Writer
	errs   io.Writer
	getenv func(string) (string, bool)
	config string // path of olle.yaml, "" for the default place
}

// subcommand is one of the things olle can be told to do.
type subcommand struct {
	summary string
	run     func(ctx context.Context, p *program, args []string) error
}

func subcommands() map[string]subcommand {
	return map[string]subcommand{
		"serve":        {"run the assistant: web chat, platforms, reminders (the default)", serve},
		"chat":         {"talk to the assistant in this terminal", chat},
		"ask":          {"answer one question, or one per line of standard input: ask [-json] [question]", ask},
		"check":        {"check event packs and play their transcripts: check [-calendar] [-update] [dir…]", check},
		"doctor":       {"check settings, packs and store: doctor [-json] [-ready]", doctor},
		"event":        {"see or change the current event: event get [KEY], event set KEY VALUE", event},
		"export":       {"write applicants' documents or a list of them to a file: export -out FILE [-format F] [-person REF] [-identity FILE]", export},
		"announce":     {"tell many people: announce -text T|-file F [-audience A|-to CHANNEL] …; announce status|pause|resume|cancel ID", announce},
		"backup":       {"write everything the store holds to a file, while serve runs: backup [-force] FILE", backup},
		"restore":      {"put a backup into the store, of either kind: restore [-force] [-identity FILE] FILE", restore},
		"invite":       {"make an invitation that gives an organiser a right: invite -role R [-json]", invite},
		"console-link": {"print a one-time address of the organisers' pages", consoleLink},
		"late-code":    {"make a code that lets one person send documents late: late-code [-person REF] [-uses 1] [-until RFC3339] -why TEXT", lateCode},
		"version":      {"print the version", version},
	}
}

// errUsage marks a mistake in the call; the message is printed, then the usage.
var errUsage = errors.New("usage")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	p := &program{in: os.Stdin, out: os.Stdout, errs: os.Stderr, getenv: os.LookupEnv}
	os.Exit(p.main(ctx, os.Args[1:]))
}

// main runs one subcommand and returns the exit code.
func (p *program) main(ctx context.Context, args []string) int {
	top := flag.NewFlagSet("olle", flag.ContinueOnError)
	top.SetOutput(io.Discard)
	top.StringVar(&p.config, "config", "", "path of olle.yaml")
	if err := top.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			p.usage(p.out)
			return exitOK
		}
		return p.fail(fmt.Errorf("%w: %v", errUsage, err))
	}
	name, rest := "serve", top.Args()
	if len(rest) > 0 {
		name, rest = rest[0], rest[1:]
	}
	cmd, ok := subcommands()[name]
	if !ok {
		return p.fail(fmt.Errorf("%w: there is no subcommand %q", errUsage, name))
	}
	err := cmd.run(ctx, p, rest)
	var wanted helpWanted
	if errors.As(err, &wanted) {
		fmt.Fprintf(p.out, "olle %s: %s\n", name, cmd.summary)
		wanted.flags.SetOutput(p.out)
		wanted.flags.PrintDefaults()
		return exitOK
	}
	return p.fail(err)
}

// fail prints an error the way operators read it and returns its exit code.
func (p *program) fail(err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintln(p.errs, "olle:", err)
		p.usage(p.errs)
		return exitUsage
	}
	fmt.Fprintln(p.errs, "olle:", err)
	return exitFailed
}

func (p *program) usage(w io.Writer) {
	fmt.Fprint(w, "usage: olle [-config olle.yaml] [subcommand]\n\n")
	all := subcommands()
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(w, "  %-12s %s\n", n, all[n].summary)
	}
	fmt.Fprint(w, "\nSettings are described in README.md.\n")
}

// flags makes the flag set of a subcommand; parse reports what is wrong as a usage error.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// helpWanted is that somebody asked what a subcommand takes.
type helpWanted struct{ flags *flag.FlagSet }

func (helpWanted) Error() string { return flag.ErrHelp.Error() }

func parse(f *flag.FlagSet, args []string) error {
	err := f.Parse(args)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, flag.ErrHelp):
		return helpWanted{f}
	case strings.HasSuffix(err.Error(), ": -config"):
		return fmt.Errorf("%w: %s: -config stands before the subcommand: olle -config olle.yaml %s", errUsage, f.Name(), f.Name())
	}
	return fmt.Errorf("%w: %s: %v", errUsage, f.Name(), err)
}
