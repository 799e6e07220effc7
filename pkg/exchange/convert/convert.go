// Package convert turns decomposed recordings into the project's files: one .h5 per
// recording, tables of unit properties and force tables.
package convert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"example.org/renshaw/pkg/analysis/quality"
	"example.org/renshaw/pkg/exchange"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/process"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/run/version"
)

// Options of Run.
type Options struct {
	Config   process.Config
	FsHz     float64 // of plain tables in samples
	Workers  int
	Progress *job.Progress
	Command  string // for lock and manifest
	// Started is called when the inputs are known, to make a Progress.
	Started func(inputs int) *job.Progress
}

// Result of one input.
type Result struct {
	Input    string         `json:"input"`
	Name     recording.Name `json:"name"` // what it is a recording of
	Output   string         `json:"output,omitempty"`
	Units    int            `json:"units"`
	Muscles  []string       `json:"muscles,omitempty"`
	Plateaus int            `json:"plateaus"`
	Warnings []string       `json:"warnings"`
	LeftOut  string         `json:"left_out,omitempty"` // why it is not used: a copy, for instance
	Error    string         `json:"error,omitempty"`

	processed *process.Processed
}

// Failed reports whether the input failed.
func (r Result) Failed() bool { return r.Error != "" }

// plan names the inputs.
func plan(paths []string, dir string, opt Options) ([]Result, *namer, error) {
	cfg, quirks, err := opt.Config.Effective()
	if err != nil {
		return nil, nil, err
	}
	names, err := newNamer(cfg, quirks)
	if err != nil {
		return nil, nil, err
	}
	results := Inputs(paths, dir)
	for i := range results {
		r := &results[i]
		if r.Failed() {
			continue
		}
		var warnings []string
		r.Name, warnings, err = names.name(r.Input)
		if err != nil && r.LeftOut == "" {
			r.Error = err.Error()
		}
		r.Warnings = append(r.Warnings, warnings...)
	}
	warnOfSpelling(results)
	return results, names, nil
}

// warnOfSpelling warns of participants that differ in upper and lower case alone: tables, folders
// and posteriors keep them apart.
func warnOfSpelling(results []Result) {
	first := map[string]string{}
	for i := range results {
		r := &results[i]
		if r.Failed() || r.Name.Subject == "" {
			continue
		}
		key := strings.ToLower(r.Name.Subject)
		if other, ok := first[key]; !ok {
			first[key] = r.Name.Subject
		} else if other != r.Name.Subject {
			r.Warnings = append(r.Warnings, fmt.Sprintf("name: participant %s is another one than %s; if "+
				"they are the same, spell them alike, or give the column subject of --sessions",
				r.Name.Subject, other))
		}
	}
}

// Understand reads the inputs and tells what Run would take them for, without writing anything;
// dir is the folder that Run would write to, "" if not known.
func Understand(ctx context.Context, paths []string, dir string, opt Options) ([]Result, error) {
	results, names, err := plan(paths, dir, opt)
	if err != nil {
		return nil, err
	}
	if err := understood(ctx, results, names, opt); err != nil {
		return nil, err
	}
	if len(results) > 0 {
		results[0].Warnings = append(results[0].Warnings, names.unused()...)
	}
	return results, nil
}

// Run converts the inputs (see Inputs) into dir. Every sound input is written, and of inputs with
// the same discharges one; the failures of the others are in their results. The error is for what
// concerns all: the folder, its lock, an interruption.
func Run(ctx context.Context, paths []string, dir string, opt Options) ([]Result, error) {
	results, names, err := plan(paths, dir, opt)
	if err != nil {
		return nil, err
	}
	if opt.Started != nil {
		opt.Progress = opt.Started(len(results))
	}
	cfg := names.cfg
	j, err := job.Open(dir, job.Options{Command: "convert", Line: opt.Command,
		Manifest: recording.ManifestName,
		Profile:  string(cfg.Profile), Parameters: cfg, Workers: opt.Workers, Progress: opt.Progress})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	if err := atomicfile.ClearDead(dir); err != nil {
		return nil, err
	}
	items := conversions(results, j, cfg, opt)
	failures, runErr := j.Run(ctx, items)
	for _, f := range failures {
		for i := range results {
			if results[i].Input == f.Item && results[i].processed == nil && results[i].LeftOut == "" {
				results[i].Error = f.Message
			}
		}
	}
	if err := writeTables(dir, j.Stage, results, cfg); err != nil {
		return results, err
	}
	for _, w := range names.unused() {
		j.Warn(w)
		opt.Progress.Printf("%s", w)
	}
	for _, r := range results {
		j.Warn(prefixed(r.Input, r.Warnings)...)
		if r.LeftOut != "" {
			j.Warn(prefixed(r.Input, []string{"left out: " + r.LeftOut})...)
		}
		if r.processed != nil {
			j.InputSum(job.FileSum{Path: r.Input, SHA256: r.processed.SHA256})
		}
	}
	if err := j.Commit(); err != nil {
		return results, err
	}
	return results, runErr
}

// conversions are the items of a run, the preferred ones of copies first.
func conversions(results []Result, j *job.Job, cfg process.Config, opt Options) []job.Item {
	order := byPreference(results)
	ours := map[string]bool{}
	for _, r := range results {
		ours[r.Name.Recording] = true
	}
	c := newContents(len(results))
	c.folder(j.Dir, ours)
	taken := map[string]string{} // inputs by the name of their output, in order of preference
	var items []job.Item
	for k, i := range order {
		r := &results[i]
		if r.LeftOut != "" {
			c.settle(k, "")
			continue
		}
		other := taken[r.Name.Recording]
		if !r.Failed() && other == "" {
			taken[r.Name.Recording] = r.Input
		}
		items = append(items, job.Item{Name: r.Input, Do: func(ctx context.Context) error {
			defer c.settle(k, "")
			if r.Failed() {
				return errors.New(r.Error)
			}
			raw, err := open(r.Input, r.Name, cfg, opt.FsHz)
			if err != nil {
				return err
			}
			defer raw.Close()
			sum := raw.TrainsSum()
			c.settle(k, sum)
			if r.LeftOut, err = c.sameAs(ctx, k, results, order); err != nil || r.LeftOut != "" {
				return err
			}
			if other != "" {
				return sameOutput(*r, other)
			}
			return one(ctx, r, j, raw, sum, cfg, opt)
		}})
	}
	return items
}

// sameOutput is the error for a recording whose name another input has.
func sameOutput(r Result, other string) error {
	return fmt.Errorf("%s: gives the same output %s.h5 as %s, with other discharges; rename one of "+
		"them, or give another name in the column recording of --sessions", r.Input, r.Name.Recording,
		other)
}

func prefixed(file string, warnings []string) []string {
	out := make([]string, len(warnings))
	for i, w := range warnings {
		out[i] = filepath.Base(file) + ": " + w
	}
	return out
}

// one processes and writes a single recording, which was read; nothing of it remains if it fails.
func one(ctx context.Context, r *Result, j *job.Job, raw *recording.Raw, sum string,
	cfg process.Config, opt Options) error {
	p, err := processed(ctx, r.Input, r.Name.Recording, raw, cfg)
	if err != nil {
		return err
	}
	out := filepath.Join(j.Dir, r.Name.Recording+".h5")
	if err := Write(out, p, sum); err != nil {
		return err
	}
	r.Output, r.Units, r.processed = out, len(p.Units), p
	r.Warnings = append(r.Warnings, p.Warnings...)
	r.Muscles = muscles(p)
	if p.Force != nil {
		r.Plateaus = len(p.Force.Plateaus)
	}
	show(opt.Progress, filepath.Base(r.Input), r.Warnings)
	return j.Output(out, true)
}

// examined checks a recording as it was read, and leaves out units.
func examined(path string, raw *recording.Raw, cfg process.Config, quirks profile.Quirks) error {
	err := quality.Examine(raw, quality.Options{
		KeepFlagged: quirks.KeepAllUnits, KeepDuplicates: cfg.KeepDuplicates || quirks.KeepAllUnits,
		Allow: cfg.AllowImplausible})
	if err != nil {
		return named(path, err)
	}
	return nil
}

// processed examines a recording as it was read, and processes it.
func processed(ctx context.Context, path, name string, raw *recording.Raw,
	cfg process.Config) (*process.Processed, error) {
	_, quirks, err := cfg.Effective()
	if err != nil {
		return nil, err
	}
	if err := examined(path, raw, cfg, quirks); err != nil {
		return nil, err
	}
	if cfg.Plateaus != "" && len(raw.Forces) > 0 {
		raw.Plateaus, err = readPlateaus(cfg.Plateaus, path, name, raw.FsHz, raw.Samples)
		if err != nil {
			return nil, err
		}
	}
	p, err := process.Process(ctx, raw, cfg)
	if err != nil {
		return nil, named(path, err)
	}
	return p, nil
}

// open reads a recording; fsHz is the sampling rate of plain tables, 0 unknown.
func open(path string, name recording.Name, cfg process.Config,
	fsHz float64) (*recording.Raw, error) {
	raw, err := exchange.Open(path, exchange.Options{
		Name: name, FsHz: fsHz, Group: cfg.Muscles, MuscleMap: cfg.MuscleMap, Unedited: cfg.Unedited,
		NeedEMG: cfg.Realign, Strict: cfg.Strict, ChannelsPerGrid: cfg.ChannelsPerGrid,
		Times: cfg.Times, Allow: cfg.AllowImplausible,
	})
	if err != nil {
		return nil, named(path, err)
	}
	return raw, nil
}

// named has an error name the file.
func named(path string, err error) error {
	if strings.Contains(err.Error(), path) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
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

// Write writes the .h5 of one processed recording; trains is the sum of the discharges that were
// read (recording.Raw.TrainsSum).
func Write(path string, p *process.Processed, trains string) error {
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
		if u.PNRdB != 0 {
			w.Attr(at, "pulse_to_noise_db", u.PNRdB)
		}
		if u.Silhouette != 0 {
			w.Attr(at, "silhouette", u.Silhouette)
		}
		w.Attr(at, "shift_samples", u.Potential.Shift)
		w.Attr(at, "onset_found", u.Potential.Found)
	}
	root := map[string]any{
		"fsamp": p.FsHz, "source_file": filepath.Base(p.Source), "source_sha256": p.SHA256,
		"source_kind": p.Kind,
		"subject":     p.Name.Subject, "condition": p.Name.Condition, "muscle_group": p.Name.Group,
		"intensity_percent_mvc": p.Name.IntensityMVC,
		"session":               p.Name.Session, "run": p.Name.Run, "trial": p.Name.Trial,
		"recording": p.Name.Recording, "trains_sha256": trains, "profile": string(p.Config.Profile),
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
