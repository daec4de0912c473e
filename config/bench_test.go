package config

import "testing"

// Loading everything is most of the start of the program, which has 100 ms until the first answer.
func BenchmarkLoadAll(b *testing.B) {
	for b.Loop() {
		if _, err := LoadAll(""); err != nil {
			b.Fatal(err)
		}
	}
}
