// Package convert turns decomposed recordings into the project's files: one .h5 per
// recording, tables of unit properties and force tables.
package convert

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"example.org/renshaw/pkg/analysis/quality"
	"example.org/renshaw/pkg/exchange"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
)

// Options of Run.
type Options struct {
	Config   process.Config
	Sessions string  // CSV that overrides what file names say, or ""
	FsHz     float64 // of plain tables in samples
	Workers  int
	Progress *job.Progress
	Command  string // for lock and manifest
}

// Result of one input.
type Result struct {
	Input    string   `json:"input"`
	Output   string   `json:"output,omitempty"`
	Units    int      `json:"units"`
	Muscles  []string `json:"muscles,omitempty"`
	Plateaus int      `json:"plateaus"`
	Warnings []string `json:"warnings"`
	Error    string   `json:"error,omitempty"`

	processed *process.Processed
	session   string
}

// Failed reports whether the input failed.
func (r Result) Failed() bool { return r.Error != "" }

// Name is the input without its folder.
func (r Result) Name() string { return filepath.Base(r.Input) }

// Reason is why the input failed.
func (r Result) Reason() string { return r.Error }

// Run converts the inputs into dir. Every sound input is written; the failures of
// the others are in their results. The error is for what concerns all: the folder,
// its lock, an interruption.
func Run(ctx context.Context, inputs []string, dir string, opt Options) ([]Result, error) {
	cfg, _, err := opt.Config.Effective()
	if err != nil {
		return nil, err
	}
	sessions, err := readSessions(opt.Sessions)
	if err != nil {
		return nil, err
	}
	j, err := job.Open(dir, job.Options{Command: "convert", Line: opt.Command,
		Manifest: recording.ManifestName,
		Profile:  string(cfg.Profile), Parameters: cfg, Workers: opt.Workers, Progress: opt.Progress})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	results := make([]Result, len(inputs))
	items := make([]job.Item, len(inputs))
	taken := map[string]string{}
	for i, in := range inputs {
		results[i] = Result{Input: in, Warnings: []string{}}
		name, session := sessions.name(in)
		results[i].session = session
		other := taken[name.Recording]
		taken[name.Recording] = in
		out := filepath.Join(dir, name.Recording+".h5")
		items[i] = job.Item{Name: in, Output: out, Do: func(ctx context.Context) error {
			if other != "" {
				return fmt.Errorf("%s: gives the same output %s.h5 as %s; rename one of them",
					in, name.Recording, other)
			}
			return one(ctx, &results[i], dir, name, cfg, opt)
		}}
	}
	failures, runErr := j.Run(ctx, items)
	for _, f := range failures {
		for i := range results {
			if results[i].Input == f.Item && results[i].processed == nil {
				results[i].Error = f.Message
			}
		}
	}
	if err := writeTables(dir, j.Stage, results, cfg); err != nil {
		return results, err
	}
	for _, r := range results {
		j.Warn(prefixed(r.Input, r.Warnings)...)
		if r.processed != nil {
			j.InputSum(job.FileSum{Path: r.Input, SHA256: r.processed.SHA256})
		}
	}
	if err := j.Commit(); err != nil {
		return results, err
	}
	return results, runErr
}

func prefixed(file string, warnings []string) []string {
	out := make([]string, len(warnings))
	for i, w := range warnings {
		out[i] = filepath.Base(file) + ": " + w
	}
	return out
}

// one converts a single input; nothing of it remains if it fails.
func one(ctx context.Context, r *Result, dir string, name recording.Name, cfg process.Config,
	opt Options) error {
	p, err := read(ctx, r.Input, name, cfg, opt.FsHz)
	if err != nil {
		if !strings.Contains(err.Error(), r.Input) {
			err = fmt.Errorf("%s: %w", r.Input, err)
		}
		return err
	}
	out := filepath.Join(dir, name.Recording+".h5")
	if err := Write(out, p, r.session); err != nil {
		return err
	}
	r.Output, r.Units, r.processed = out, len(p.Units), p
	r.Warnings = append([]string{}, p.Warnings...)
	r.Muscles = muscles(p)
	if p.Force != nil {
		r.Plateaus = len(p.Force.Plateaus)
	}
	show(opt.Progress, filepath.Base(r.Input), p.Warnings)
	return nil
}

// read reads a recording and processes it; fsHz is the sampling rate of plain tables, 0 unknown.
func read(ctx context.Context, path string, name recording.Name, cfg process.Config,
	fsHz float64) (*process.Processed, error) {
	raw, err := exchange.Open(path, exchange.Options{
		Name: name, FsHz: fsHz, Group: cfg.Muscles, MuscleMap: cfg.MuscleMap, Unedited: cfg.Unedited,
		NeedEMG: cfg.Realign, Strict: cfg.Strict, ChannelsPerGrid: cfg.ChannelsPerGrid,
		Times: cfg.Times, Allow: cfg.AllowImplausible,
	})
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	_, quirks, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	if err := quality.Examine(raw, quality.Options{
		KeepFlagged: quirks.KeepAllUnits, KeepDuplicates: cfg.KeepDuplicates || quirks.KeepAllUnits,
		Allow: cfg.AllowImplausible}); err != nil {
		return nil, err
	}
	if cfg.Plateaus != "" && len(raw.Forces) > 0 {
		raw.Plateaus, err = readPlateaus(cfg.Plateaus, name.Recording, raw.FsHz, raw.Samples)
		if err != nil {
			return nil, err
		}
	}
	return process.Process(ctx, raw, cfg)
}

// shownWarnings bounds the lines per recording; all are kept in the files.
const shownWarnings = 5

// show shows warnings, those about the action potential of a single unit after all others.
func show(progress *job.Progress, name string, warnings []string) {
	ofUnit := func(w string) bool { return strings.HasPrefix(w, "unit ") }
	first := slices.DeleteFunc(slices.Clone(warnings), ofUnit)
	for _, w := range warnings {
		if ofUnit(w) {
			first = append(first, w)
		}
	}
	for i, w := range first {
		if i == shownWarnings && len(first) > shownWarnings+1 {
			progress.Printf("%s: and %d more warnings (attribute warnings of the .h5, manifest.json)",
				name, len(first)-i)
			return
		}
		progress.Printf("%s: %s", name, w)
	}
}

func muscles(p *process.Processed) []string {
	var out []string
	seen := map[string]bool{}
	for _, u := range p.Units {
		if !seen[u.Muscle] {
			seen[u.Muscle] = true
			out = append(out, u.Muscle)
		}
	}
	return out
}

// Write writes the .h5 of one processed recording.
func Write(path string, p *process.Processed, session string) error {
	options, err := json.Marshal(p.Config)
	if err != nil {
		return err
	}
	w, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	pools := make([]string, len(p.Units))
	for i, u := range p.Units {
		pools[i] = u.Muscle
	}
	recfile.PutSpikeTrains(w, pools, p.Trains(), p.TimeUnits)
	w.Attr("/spike_trains/MN", "index_base", p.IndexBase)
	for i, u := range p.Units {
		at := recfile.TrainPath(i)
		w.Attr(at, "muscle", u.Muscle)
		w.Attr(at, "grid", u.Grid)
		w.Attr(at, "unit_in_grid", u.InGrid)
		if u.Name != "" {
			w.Attr(at, "unit_name", u.Name)
		}
		w.Attr(at, "shift_samples", u.Potential.Shift)
		w.Attr(at, "onset_found", u.Potential.Found)
	}
	root := map[string]any{
		"fsamp": p.FsHz, "source_file": filepath.Base(p.Source), "source_sha256": p.SHA256,
		"source_kind": p.Kind,
		"subject":     p.Name.Subject, "condition": p.Name.Condition, "muscle_group": p.Name.Group,
		"intensity_percent_mvc": p.Name.IntensityMVC,
		"session":               session, "profile": string(p.Config.Profile),
		"polarity": string(p.Config.Polarity), "options": string(options),
		"version": version.String(), "warnings": strings.Join(p.Warnings, "\n"),
	}
	for _, name := range slices.Sorted(maps.Keys(root)) { // in a fixed order, for the same bytes
		w.Attr("/", name, root[name])
	}
	if p.Samples > 0 {
		w.Attr("/", "duration_s", float64(p.Samples)/p.FsHz)
	}
	if p.Force != nil {
		putForce(w, p)
	}
	return w.Commit()
}

func putForce(w *h5.File, p *process.Processed) {
	f := p.Force
	n := len(f.Plateaus)
	limits := make([]int64, 0, 2*n)
	for _, pl := range f.Plateaus {
		limits = append(limits, int64(pl.Start), int64(pl.Stop))
	}
	w.PutInt64s("/force/plateaus", limits, n, 2)
	w.Attr("/force/plateaus", "units", "samples, stop excluded")
	w.Attr("/force", "source", f.Source)
	w.Attr("/force", "inverted", f.Inverted)
	if n == 0 {
		return
	}
	w.PutCompressed("/force/percent_mvc", f.PercentMVC)
	w.Attr("/force/percent_mvc", "units", "% MVC")
	threshold := func(q recording.Properties) []float64 { return q.ThresholdMVC }
	recruited := func(q recording.Properties) []float64 { return q.RecruitedAt }
	rate := func(q recording.Properties) []float64 { return q.RateHz }
	cov := func(q recording.Properties) []float64 { return q.CoV }
	for _, c := range []struct {
		name, unit string
		of         func(recording.Properties) []float64
	}{
		{"recruitment_threshold", "% MVC", threshold}, {"recruitment_sample", "samples", recruited},
		{"discharge_rate", "Hz", rate}, {"cov_isi", "1", cov},
	} {
		var flat []float64
		for _, u := range p.Units {
			flat = append(flat, c.of(u.Properties)...)
		}
		if len(flat) != n*len(p.Units) {
			continue // the force was too short for the properties
		}
		w.PutFloat64s("/unit_properties/"+c.name, flat, len(p.Units), n)
		w.Attr("/unit_properties/"+c.name, "units", c.unit)
	}
}

// sessions overrides what file names say.
type sessions map[string]sessionRow

// sessionRow is what a table says of a file; "" and 0 leave what its name says.
type sessionRow struct {
	subject, group, session string
	intensity               float64 // % of maximal voluntary contraction
}

func readSessions(path string) (sessions, error) {
	if path == "" {
		return nil, nil
	}
	t, err := table.Read(path)
	if err != nil {
		return nil, err
	}
	for i, c := range t.Columns {
		t.Columns[i] = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(c)), " ", "_")
	}
	file := t.Col("file")
	if file < 0 {
		return nil, fmt.Errorf("%s: column file is missing; expected: file, subject, muscle_group, "+
			"intensity, session", path)
	}
	out := sessions{}
	for i, row := range t.Rows {
		get := func(name string) string {
			if c := t.Col(name); c >= 0 {
				return strings.TrimSpace(row[c])
			}
			return ""
		}
		s := sessionRow{subject: get("subject"), group: get("muscle_group"), session: get("session")}
		if text := get("intensity"); text != "" {
			if s.intensity, err = strconv.ParseFloat(text, 64); err != nil || !(s.intensity > 0) {
				return nil, fmt.Errorf("%s: row %d: intensity %q is not a positive number",
					path, i+2, text)
			}
		}
		out[filepath.Base(strings.TrimSpace(row[file]))] = s
	}
	return out, nil
}

// name parses the file name and applies the overrides. Where group or intensity
// are overridden the condition is written anew, so that tables join on it.
func (s sessions) name(path string) (recording.Name, string) {
	n := recording.ParseName(path)
	o, ok := s[filepath.Base(path)]
	if !ok {
		return n, ""
	}
	if o.subject != "" {
		n.Subject = o.subject
	}
	if o.group != "" {
		n.Group = o.group
	}
	if o.intensity != 0 {
		n.IntensityMVC = o.intensity
	}
	if o.group != "" || o.intensity != 0 {
		n.Condition = n.Group + "_" + strconv.FormatFloat(n.IntensityMVC, 'f', -1, 64) + "percent"
	}
	return n, o.session
}
