package config

import "strings"

// hint suggests the known key nearest to an unknown one, or nothing.
func hint(key string) string {
	best, least := "", 4
	for _, row := range table {
		if d := distance(key, row.key); d < least {
			best, least = row.key, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// distance is the number of single-character edits between a and b; a missing
// table in front of the right name counts as one.
func distance(a, b string) int {
	if strings.HasSuffix(b, "."+a) {
		return 1
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
