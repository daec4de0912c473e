package console

// Route is a line of the route table, for the test of rights.
type Route struct{ Method, Path, Right string }

// Table is the route table.
func Table() (all []Route) {
	for _, r := range table() {
		all = append(all, Route{r.method, r.path, r.right})
	}
	return all
}
