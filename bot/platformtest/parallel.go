package platformtest

import "flag"

// SideBySide lets n tests that call t.Parallel run at once, unless the command line says how many: those that wait for rates, leases and
// polls cost the machine nothing meanwhile. It is for TestMain.
func SideBySide(n string) {
	flag.Parse()
	chosen := false
	flag.Visit(func(f *flag.Flag) { chosen = chosen || f.Name == "test.parallel" })
	if !chosen {
		_ = flag.Set("test.parallel", n)
	}
}
