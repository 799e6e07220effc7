package muedit

import (
	"regexp"
	"strconv"
	"strings"
)

// layouts are the columns of the grids by OT Bioelettronica, as MUedit has them: the channels of a
// column from top to bottom, both ends named. The columns end in the lowest row. In the 13 x 5
// grids the first electrode is missing.
var layouts = []struct {
	name    string // part of the grid's name
	columns [][2]int
}{
	{"GR04MM1305", [][2]int{{1, 12}, {25, 13}, {26, 38}, {51, 39}, {52, 64}}},
	{"GR08MM1305", [][2]int{{1, 12}, {25, 13}, {26, 38}, {51, 39}, {52, 64}}},
	{"HD04MM1305", [][2]int{{52, 64}, {39, 51}, {26, 38}, {13, 25}, {1, 12}}},
	{"HD08MM1305", [][2]int{{52, 64}, {39, 51}, {26, 38}, {13, 25}, {1, 12}}},
	{"GR10MM0808", [][2]int{{8, 1}, {16, 9}, {24, 17}, {32, 25}, {40, 33}, {48, 41}, {56, 49},
		{64, 57}}},
	{"HD10MM0808", [][2]int{{64, 57}, {56, 49}, {48, 41}, {40, 33}, {32, 25}, {24, 17}, {16, 9},
		{8, 1}}},
	{"GR10MM0804", [][2]int{{32, 25}, {24, 17}, {16, 9}, {8, 1}}},
	{"HD10MM0804", [][2]int{{1, 8}, {9, 16}, {17, 24}, {25, 32}}},
	{"MYOMRF-4X8", [][2]int{{25, 32}, {1, 8}, {16, 9}, {24, 17}}},
	{"MYOMNP-1X32", [][2]int{{24, 17}, {25, 32}, {16, 9}, {1, 8}}},
}

// layout gives row and column, from 1, of every channel of a grid of that name, in upper or lower
// case; nil if the name is unknown or stands for another number of channels.
func layout(name string, channels int) [][2]int {
	for _, l := range layouts {
		if !strings.Contains(strings.ToUpper(name), l.name) {
			continue
		}
		rows, total := 0, 0
		for _, c := range l.columns {
			n := max(c[0], c[1]) - min(c[0], c[1]) + 1
			rows, total = max(rows, n), total+n
		}
		if total != channels {
			return nil
		}
		out := make([][2]int, total)
		for column, c := range l.columns {
			step := 1
			if c[1] < c[0] {
				step = -1
			}
			n := step*(c[1]-c[0]) + 1
			for i := range n {
				out[c[0]+step*i-1] = [2]int{rows - n + i + 1, column + 1}
			}
		}
		return out
	}
	return nil
}

// rowsAndColumns end the names of grids: GR10MM0804 has 8 rows and 4 columns.
var rowsAndColumns = regexp.MustCompile(`MM(\d\d)(\d\d)`)

// electrodesOf is the number of electrodes of a grid of that name; 0 if it does not say.
func electrodesOf(name string) int {
	m := rowsAndColumns.FindStringSubmatch(strings.ToUpper(name))
	if m == nil {
		return 0
	}
	rows, errR := strconv.Atoi(m[1])
	columns, errC := strconv.Atoi(m[2])
	if errR != nil || errC != nil {
		return 0
	}
	if rows == 13 && columns == 5 {
		return 64
	}
	return rows * columns
}
