// Package config says: it turns what operators and organisers wrote into values the program can trust.
//
// It hides two formats. Settings come from defaults, olle.yaml and the environment, in that order (Load). Event packs are folders
// of data, embedded or given by the organisers (LoadEvent, LoadAll); a pack is checked as a whole before anybody meets it.
//
// It promises: every mistake is reported at once, each on a line of its own with file, line, column and the remedy in plain words
// (Mistakes); what it returns without an error is complete and consistent; no input makes it panic, hang or print a secret.
//
// It is separate because it is the only package that reads files people edit by hand. Everything behind it works with checked
// values and needs no "what if the pack is wrong".
package config
