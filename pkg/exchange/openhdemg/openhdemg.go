// Package openhdemg reads and writes recordings as openhdemg saves its own (save_json_emgfile,
// emg_from_json): a gzip-compressed JSON object whose members are JSON texts, tables as pandas
// writes them with orient="split".
package openhdemg

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strconv"

	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/file/atomicfile"
)

// interElectrodeMM is what openhdemg assumes of a file that does not say; there is no EMG here.
const interElectrodeMM = 8

// maxCells bounds BINARY_MUS_FIRING, which has a cell for each sample of each unit.
const maxCells = 2_000_000_000

// frame is a pandas table.
type frame struct {
	Columns []any   `json:"columns"`
	Index   []int   `json:"index"`
	Data    [][]any `json:"data"`
}

// Write writes a recording to path (…json). The units stand in MUPULSES in the order of the
// file, as sample numbers from 0; EXTRAS has a row for each: number, name, muscle, grid. There is
// neither EMG (RAW_SIGNAL) nor sources (IPTS). A muscle, if given, limits the units to its own.
func Write(path string, r *motorunit.Recording, muscle string) error {
	units := r.Units
	if muscle != "" {
		units = slices.DeleteFunc(slices.Clone(units),
			func(u motorunit.Unit) bool { return u.Muscle != muscle })
		if len(units) == 0 {
			return fmt.Errorf("%s: no unit of muscle %q; there are %v", r.Path, muscle, r.Muscles())
		}
	}
	if n := r.Length(); n > maxCells/len(units) {
		return fmt.Errorf("%s: %d samples of %d units are too many for openhdemg's table of discharges "+
			"(at most %d cells); are the spike times in seconds?", r.Path, n, len(units), maxCells)
	}
	return atomicfile.Write(path,
		func(w io.Writer) error { return write(w, r, units, filepath.Base(path)) })
}

func write(w io.Writer, r *motorunit.Recording, units []motorunit.Unit, name string) error {
	length := r.Length()
	columns := make([]any, len(units))
	pulses := make([][]int64, len(units))
	accuracy := frame{Columns: []any{0}}
	extras := frame{Columns: []any{"unit", "unit_name", "muscle", "grid", "unit_in_grid"}}
	for i, u := range units {
		columns[i], pulses[i] = i, append([]int64{}, u.Samples...)
		accuracy.Index, accuracy.Data = append(accuracy.Index, i),
			append(accuracy.Data, []any{silhouette(u)})
		extras.Index, extras.Data = append(extras.Index, i),
			append(extras.Data, []any{u.ID, u.Name, u.Muscle, u.Grid, u.InGrid})
	}
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	out := &writer{Writer: bufio.NewWriterSize(zip, 1<<16)}
	out.raw(`{`)
	out.value("SOURCE", "CUSTOMCSV")
	out.value("FILENAME", name)
	out.value("RAW_SIGNAL", frame{Columns: []any{0}, Index: []int{}, Data: [][]any{}})
	out.reference(r)
	out.value("ACCURACY", accuracy)
	out.value("IPTS", frame{Columns: columns, Index: []int{}, Data: [][]any{}})
	out.value("MUPULSES", pulses)
	out.value("FSAMP", r.FsHz)
	out.value("IED", interElectrodeMM)
	out.value("EMG_LENGTH", length)
	out.value("NUMBER_OF_MUS", len(units))
	out.binary(pulses, length)
	out.value("EXTRAS", extras)
	out.raw(`}`)
	if out.err != nil {
		return out.err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return zip.Close()
}

// silhouette is what openhdemg calls accuracy; nil where it is not known.
func silhouette(u motorunit.Unit) any {
	if u.Silhouette == 0 {
		return nil
	}
	return u.Silhouette
}

// writer writes the members of the object; the first error stays.
type writer struct {
	*bufio.Writer
	err  error
	rest bool // a member stands before
}

func (w *writer) raw(s string) {
	if w.err == nil {
		_, w.err = w.WriteString(s)
	}
}

func (w *writer) name(key string) {
	if w.rest {
		w.raw(",")
	}
	w.rest = true
	w.raw(`"` + key + `":`)
}

// value writes a member: the JSON of v as a JSON text.
func (w *writer) value(key string, v any) {
	b, err := json.Marshal(v)
	if err == nil {
		b, err = json.Marshal(string(b))
	}
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	w.name(key)
	w.raw(string(b))
}

// numbered opens a table with one row per sample, whose rows follow through row.
func (w *writer) numbered(key string, columns, rows int, row func(buf []byte, i int) []byte) {
	w.name(key)
	buf := append([]byte(nil), `"{\"columns\":[`...)
	comma := func(i int) {
		if i > 0 {
			buf = append(buf, ',')
		}
		if len(buf) > 1<<15 {
			w.raw(string(buf))
			buf = buf[:0]
		}
	}
	for i := range columns {
		comma(i)
		buf = strconv.AppendInt(buf, int64(i), 10)
	}
	buf = append(buf, `],\"index\":[`...)
	for i := range rows {
		comma(i)
		buf = strconv.AppendInt(buf, int64(i), 10)
	}
	buf = append(buf, `],\"data\":[`...)
	for i := range rows {
		comma(i)
		buf = append(row(append(buf, '['), i), ']')
	}
	w.raw(string(append(buf, `]}"`...)))
}

// reference writes the force in % of maximal voluntary contraction.
func (w *writer) reference(r *motorunit.Recording) {
	if r.Force == nil {
		w.value("REF_SIGNAL", frame{Columns: []any{0}, Index: []int{}, Data: [][]any{}})
		return
	}
	w.numbered("REF_SIGNAL", 1, len(r.Force.PercentMVC), func(buf []byte, i int) []byte {
		if v := r.Force.PercentMVC[i]; !math.IsNaN(v) && !math.IsInf(v, 0) {
			return strconv.AppendFloat(buf, v, 'g', -1, 64)
		}
		return append(buf, "null"...)
	})
}

// binary writes BINARY_MUS_FIRING: 1 where a unit discharges, a row per sample.
func (w *writer) binary(pulses [][]int64, length int) {
	at := make([][]int, length)
	for u, list := range pulses {
		for _, s := range list {
			if s >= 0 && s < int64(length) {
				at[s] = append(at[s], u)
			}
		}
	}
	line := make([]byte, 0, 2*len(pulses))
	for i := range pulses {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, '0')
	}
	w.numbered("BINARY_MUS_FIRING", len(pulses), length, func(buf []byte, i int) []byte {
		start := len(buf)
		buf = append(buf, line...)
		for _, u := range at[i] {
			buf[start+2*u] = '1'
		}
		return buf
	})
}
