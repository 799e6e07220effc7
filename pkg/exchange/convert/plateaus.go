package convert

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/exchange/spiketable"
	"example.org/renshaw/pkg/recording"
)

// readPlateaus reads a table of plateaus with the columns start_s and end_s
// (seconds) and optionally file (recording name), and returns those of one
// recording in samples: file is the input's name or that of the recording. It is an error if a row
// is not inside the recording.
func readPlateaus(path, input, name string, fsHz float64,
	samples int) ([]recording.Plateau, error) {
	columns, rows, at, err := spiketable.Texts(path)
	if err != nil {
		return nil, err
	}
	start, end := slices.Index(columns, "start_s"), slices.Index(columns, "end_s")
	file := slices.Index(columns, "file")
	if start < 0 || end < 0 {
		return nil, fmt.Errorf("%s: the columns start_s,end_s are expected (and file, if it serves "+
			"several recordings), found %s", path, strings.Join(columns, ","))
	}
	var out []recording.Plateau
	for i, row := range rows {
		if file >= 0 {
			of := filepath.Base(row[file])
			if of != filepath.Base(input) && recording.TrimExtension(of) != name {
				continue
			}
		}
		a, errA := spiketable.Number(row[start])
		b, errB := spiketable.Number(row[end])
		p := recording.Plateau{Start: int(math.Round(a * fsHz)), Stop: int(math.Round(b * fsHz))}
		if errA != nil || errB != nil || p.Start < 0 || p.Stop > samples || p.Start >= p.Stop {
			return nil, fmt.Errorf("%s: row %d: plateau from %q to %q s must lie inside the recording "+
				"(0 to %.3f s)", path, at[i], row[start], row[end], float64(samples)/fsHz)
		}
		out = append(out, p)
	}
	return out, nil
}
