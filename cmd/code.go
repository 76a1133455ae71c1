package cmd

import "strings"

// glyphs are letters and digits of five by five dots, a row a word.
var glyphs = map[rune]string{
	'A': "01110 10001 11111 10001 10001", 'B': "11110 10001 11110 10001 11110", 'C': "01111 10000 10000 10000 01111",
	'D': "11110 10001 10001 10001 11110", 'E': "11111 10000 11110 10000 11111", 'F': "11111 10000 11110 10000 10000",
	'G': "01111 10000 10011 10001 01111", 'H': "10001 10001 11111 10001 10001", 'I': "01110 00100 00100 00100 01110",
	'J': "00111 00010 00010 10010 01100", 'K': "10010 10100 11000 10100 10010", 'L': "10000 10000 10000 10000 11111",
	'M': "10001 11011 10101 10001 10001", 'N': "10001 11001 10101 10011 10001", 'O': "01110 10001 10001 10001 01110",
	'P': "11110 10001 11110 10000 10000", 'Q': "01110 10001 10101 10010 01101", 'R': "11110 10001 11110 10010 10001",
	'S': "01111 10000 01110 00001 11110", 'T': "11111 00100 00100 00100 00100", 'U': "10001 10001 10001 10001 01110",
	'V': "10001 10001 01010 01010 00100", 'W': "10001 10001 10101 11011 10001", 'X': "10001 01010 00100 01010 10001",
	'Y': "10001 01010 00100 00100 00100", 'Z': "11111 00010 00100 01000 11111", '0': "01110 10011 10101 11001 01110",
	'1': "00100 01100 00100 00100 01110", '2': "11110 00001 01110 10000 11111", '3': "11110 00001 00110 00001 11110",
	'4': "10010 10010 11111 00010 00010", '5': "11111 10000 11110 00001 11110", '6': "01110 10000 11110 10001 01110",
	'7': "11111 00010 00100 01000 01000", '8': "01110 10001 01110 10001 01110", '9': "01110 10001 01111 00001 01110",
}

// large writes a code in letters that can be read from the other chair, three
// lines high and six columns a letter; false if it has other characters in it.
func large(code string) ([]string, bool) {
	const rows = 5
	var dots [rows + 1]string // a last row of nothing, for the lower halves
	for _, r := range code {
		glyph, known := glyphs[r]
		if !known {
			return nil, false
		}
		for i, row := range strings.Fields(glyph) {
			dots[i] += row + "0"
		}
	}
	dots[rows] = strings.Repeat("0", len(dots[0]))
	halves := map[string]rune{"00": ' ', "10": '▀', "01": '▄', "11": '█'}
	lines := make([]string, 0, rows/2+1)
	for y := 0; y < rows; y += 2 {
		var b strings.Builder
		for x := range dots[y] {
			b.WriteRune(halves[dots[y][x:x+1]+dots[y+1][x:x+1]])
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return lines, true
}
