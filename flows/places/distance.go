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
	for len(a) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 {
		return len(b)
	}
	return banded(a, b, max)
}

// banded fills only the cells that can lie within max of the diagonal.
func banded(a, b string, max int) int {
	var rows [3][longest + 2]uint8
	before, above, row := &rows[0], &rows[1], &rows[2]
	far := uint8(max + 1)
	for j := 0; j <= min(len(b), max+1); j++ {
		above[j] = uint8(j)
	}
	for i := 1; i <= len(a); i++ {
		from, to := i-max, min(len(b), i+max)
		if from < 1 {
			from = 1
			row[0] = uint8(min(i, max+1))
		} else {
			row[from-1] = far
		}
		least := row[from-1]
		for j := from; j <= to; j++ {
			d := above[j-1]
			if a[i-1] != b[j-1] {
				d = min(d, above[j], row[j-1]) + 1
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d = min(d, before[j-2]+1)
				}
			}
			row[j] = d
			least = min(least, d)
		}
		if least > far-1 {
			return max + 1
		}
		if to < len(b) {
			row[to+1] = far
		}
		before, above, row = above, row, before
	}
	return min(int(above[len(b)]), max+1)
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
