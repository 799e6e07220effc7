// Package bids reads and writes the discharges of a BIDS dataset of derivatives: a table of events
// with a row per discharge and plateau, and its sidecar. docs/formats/bids.md describes the layout.
package bids

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
)

// bidsVersion is the version of the BIDS specification that the layout follows.
const bidsVersion = "1.11.0"

// Write adds a recording to the dataset in dir, which is made if there is none, and returns the
// path of its events. A recording that is there already is replaced; another one of the same
// name is an error.
func Write(dir string, r *motorunit.Recording) (string, error) {
	lock, err := job.LockDir(dir, "export bids")
	if err != nil {
		return "", err
	}
	defer lock.Release()
	subject, base := name(r)
	events := filepath.Join(dir, "sub-"+subject, "emg", base+"_events.tsv")
	if r.Session != "" {
		events = filepath.Join(dir, "sub-"+subject, "ses-"+alnum(r.Session), "emg", base+"_events.tsv")
	}
	side := strings.TrimSuffix(events, ".tsv") + ".json"
	if err := sameRecording(side, r); err != nil {
		return "", err
	}
	if err := describe(dir, subject, r); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(events), 0o755); err != nil {
		return "", err
	}
	if err := atomicfile.WriteJSON(side, sidecar(r)); err != nil {
		return "", err
	}
	return events, atomicfile.Write(events, func(w io.Writer) error { return table(w, r) })
}

// name is the label of the subject and the entities of a recording.
func name(r *motorunit.Recording) (subject, base string) {
	subject = alnum(r.Subject)
	if subject == "" {
		subject = alnum(r.Name)
	}
	task := r.Condition
	if r.Simulated || task == "" {
		task = r.Name
	}
	base = "sub-" + subject
	if r.Session != "" {
		base += "_ses-" + alnum(r.Session)
	}
	base += "_task-" + alnum(strings.ReplaceAll(task, ".", "p"))
	run := r.Run
	if run == "" {
		run = r.Trial // BIDS has no trials of a run
	} else if r.Trial != "" {
		base += "_acq-trial" + alnum(r.Trial)
	}
	if run != "" {
		base += "_run-" + alnum(run)
	}
	return subject, base
}

// alnum keeps letters and digits, which labels may have.
func alnum(s string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return -1
	}, s)
}

// sameRecording refuses to replace the events of another recording.
func sameRecording(side string, r *motorunit.Recording) error {
	b, err := os.ReadFile(side)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var old struct{ Recording string }
	if err := json.Unmarshal(b, &old); err != nil {
		return fmt.Errorf("%s: is not valid JSON: %w", side, err)
	}
	if old.Recording != r.Name {
		return fmt.Errorf("%s: would be replaced, which is of recording %q, not %q; rename one of them "+
			"or choose another folder", side, old.Recording, r.Name)
	}
	return nil
}

// describe writes what a dataset must have, where it is missing.
func describe(dir, subject string, r *motorunit.Recording) error {
	description := map[string]any{
		"Name": "Motor units", "BIDSVersion": bidsVersion, "DatasetType": "derivative",
		"GeneratedBy": []any{map[string]any{"Name": "Renshaw", "Version": version.Number,
			"Description": "decomposed motor units, spikes at the onset of the action potential"}},
	}
	if err := unlessThere(filepath.Join(dir, "dataset_description.json"),
		func(path string) error { return atomicfile.WriteJSON(path, description) }); err != nil {
		return err
	}
	text := "# Motor units\n\nDischarges of decomposed motor units, one table of events per " +
		"recording (`sub-*/emg/*_events.tsv`): `onset` in s from the start of the\n" +
		"recording, `unit`, `muscle`, and plateaus of the force. Units and their muscles are listed in " +
		"the sidecars. Written by Renshaw.\n"
	if err := unlessThere(filepath.Join(dir, "README.md"), func(path string) error {
		return atomicfile.Write(path,
			func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
	}); err != nil {
		return err
	}
	return participant(filepath.Join(dir, "participants.tsv"), "sub-"+subject)
}

func unlessThere(path string, write func(string) error) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	return write(path)
}

// participant adds a participant to the table of participants.
func participant(path, id string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(old) == 0 {
		old = []byte("participant_id\n")
	}
	lines := strings.Split(strings.TrimRight(string(old), "\n"), "\n")
	columns := strings.Count(lines[0], "\t")
	for _, l := range lines[1:] {
		if first, _, _ := strings.Cut(l, "\t"); strings.TrimSpace(first) == id {
			return nil
		}
	}
	lines = append(lines, id+strings.Repeat("\tn/a", columns))
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
		return err
	})
}

// motorUnit is a unit in the sidecar of a table of events, which also lists units without
// discharges.
type motorUnit struct {
	Unit   string `json:"unit"`         // as in the table
	Name   string `json:"unit_name"`    // as its source calls it
	Muscle string `json:"muscle"`       // muscle
	Grid   int    `json:"grid"`         // electrode grid, from 0; -1 unknown
	InGrid int    `json:"unit_in_grid"` // place in the grid, from 0; -1 unknown
	// Quality of the decomposition; left out if unknown.
	PNRdB      float64 `json:"pulse_to_noise_db,omitempty"` // dB
	Silhouette float64 `json:"silhouette,omitempty"`        // 0 to 1
}

func sidecar(r *motorunit.Recording) map[string]any {
	levels := map[string]string{}
	units := make([]motorUnit, len(r.Units))
	for i, u := range r.Units {
		id := strconv.Itoa(u.ID)
		levels[id] = "motor unit of " + u.Muscle
		units[i] = motorUnit{id, u.Name, u.Muscle, u.Grid, u.InGrid, u.PNRdB, u.Silhouette}
	}
	out := map[string]any{
		"onset": map[string]any{"Description": "time from the start of the recording", "Units": "s"},
		"duration": map[string]any{"Description": "0 for discharges, length of a plateau",
			"Units": "s"},
		"trial_type": map[string]any{"Description": "kind of event",
			"Levels": map[string]string{"discharge": "discharge of a motor unit",
				"plateau": "plateau of the force"}},
		"unit": map[string]any{"Description": "motor unit, also those without discharges",
			"Levels": levels},
		"muscle":     map[string]any{"Description": "muscle of the unit"},
		"MotorUnits": units, "SamplingFrequency": r.FsHz, "Recording": r.Name,
		"Description": "discharges of motor units of " + r.Name,
	}
	for key, v := range map[string]string{"SourceFile": r.Source, "SourceSHA256": r.SHA256,
		"Profile": r.Profile} {
		if v != "" {
			out[key] = v
		}
	}
	if r.Sampled {
		out["sample"] = map[string]any{"Description": "onset as a sample number, from 0"}
	}
	if r.DurationS > 0 {
		out["RecordingDuration"] = r.DurationS
	}
	return out
}

// event is a row.
type event struct {
	onset, duration float64
	sample          int64
	kind            string
	unit            *motorunit.Unit // nil for plateaus
}

// table writes the events in the order of their onsets.
func table(w io.Writer, r *motorunit.Recording) error {
	var events []event
	if r.Force != nil {
		for _, p := range r.Force.Plateaus {
			events = append(events, event{
				onset: float64(p.Start) / r.FsHz, duration: float64(p.Stop-p.Start) / r.FsHz,
				sample: int64(p.Start), kind: "plateau",
			})
		}
	}
	for i := range r.Units {
		for k, t := range r.Units[i].SpikesS {
			events = append(events, event{
				onset: t, sample: r.Units[i].Samples[k], kind: "discharge", unit: &r.Units[i],
			})
		}
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.onset, b.onset) })
	// Times that are no whole samples stand in onset alone.
	buf := bytes.NewBufferString("onset\tduration\ttrial_type\tunit\tmuscle\tsample\n")
	if !r.Sampled {
		buf = bytes.NewBufferString("onset\tduration\ttrial_type\tunit\tmuscle\n")
	}
	for _, e := range events {
		unit, muscle := "n/a", "n/a"
		if e.unit != nil {
			unit, muscle = strconv.Itoa(e.unit.ID), e.unit.Muscle
		}
		line := buf.AvailableBuffer()
		line = strconv.AppendFloat(line, e.onset, 'f', -1, 64)
		line = append(strconv.AppendFloat(append(line, '\t'), e.duration, 'f', -1, 64), '\t')
		line = append(append(line, e.kind...), '\t')
		line = append(append(append(line, unit...), '\t'), muscle...)
		if r.Sampled {
			line = strconv.AppendInt(append(line, '\t'), e.sample, 10)
		}
		buf.Write(append(line, '\n'))
	}
	_, err := w.Write(buf.Bytes())
	return err
}
