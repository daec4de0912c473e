package places

// Distance is the optimal-string-alignment edit distance (insertions, deletions, substitutions and swaps of
// neighbours each count one), in bytes. It is cut off: beyond max the answer is max+1.
func Distance(a, b string, max int) int {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > max || len(b) > longest {
		if a == b {
			return 0
		}
		return max + 1
	}
	var rows [3][longest + 1]int
	before, above, row := &rows[0], &rows[1], &rows[2]
	for j := 0; j <= len(b); j++ {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > max {
			return max + 1
		}
		before, above, row = above, row, before
	}
	return min(above[len(b)], max+1)
}

// longest is the longest name that is compared letter by letter.
const longest = 63

// tolerance is how many slips of the finger a name of n letters may have.
func tolerance(n int) int {
	switch {
	case n < 5:
		return 0
	case n < 8:
		return 1
	}
	return 2
}
