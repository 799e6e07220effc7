// Package report makes one page of a recording or of a study that can be looked at without the
// program and without a network: a raster that can be zoomed, sortable tables, cross-histograms
// with fit and windows, posteriors with the verdict whether they may be read, provenance.
package report

import (
	"bytes"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/analysis/crosshist"
	"example.org/renshaw/pkg/analysis/folder"
	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/file/atomicfile"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/num/signal"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
	"example.org/renshaw/pkg/run/version"
)

//go:embed page.html page.css page.js
var assets embed.FS

// Page is the content of a report, as the page's script reads it.
type Page struct {
	Title      string      `json:"title"`
	Version    string      `json:"version"`
	Made       string      `json:"made"` // RFC 3339
	Recordings []Recording `json:"recordings"`
	Study      *Study      `json:"study,omitempty"`
}

// Recording is what is shown of a recording.
type Recording struct {
	Name       string            `json:"name"`
	Facts      [][2]string       `json:"facts"` // name and value, in reading order
	DurationS  float64           `json:"duration"`
	ForceStepS float64           `json:"forceStep"`          // s between values of Force
	Force      []number          `json:"force"`              // % MVC, thinned
	Plateaus   [][2]float64      `json:"plateaus"`           // s
	Colours    map[string]string `json:"colours"`            // of muscles
	Units      []Unit            `json:"units"`              // in order of muscle
	Columns    []string          `json:"columns"`            // of the table of units
	Time       []number          `json:"time,omitempty"`     // ms, of the histograms
	Histograms []Histogram       `json:"histograms"`         // direction inhibited
	NoAnalysis string            `json:"noAnalysis"`         // why there are none
	Warnings   []string          `json:"warnings,omitempty"` // of the conversion
	Provenance [][2]string       `json:"provenance"`
}

// Unit is a motor unit: Cells as Columns, Spikes in tenths of a ms, each from the one before.
type Unit struct {
	ID     int    `json:"id"`
	Muscle string `json:"muscle"`
	Cells  []any  `json:"cells"`
	Spikes []int  `json:"spikes"`
}

// Histogram is the cross-histogram of a unit with a muscle; curves are probabilities per bin in
// millionths, windows in ms.
type Histogram struct {
	Unit     int        `json:"unit"`
	Muscle   string     `json:"muscle"`
	Other    string     `json:"other"`
	Note     string     `json:"note,omitempty"` // why there is no fit
	Prob     []int      `json:"prob,omitempty"`
	Baseline []int      `json:"baseline,omitempty"`
	Full     []int      `json:"full,omitempty"`
	Window   [2]float64 `json:"window"`
	Forward  [2]float64 `json:"forward"` // part of the window after lag 0, where inhibition acts
	Area     number     `json:"area"`    // %, below the baseline, noise bias removed
	Peak     number     `json:"peak"`    // height of the synchrony peak, % per bin
	R2       number     `json:"r2"`
	Counts   number     `json:"counts"`
}

// number is a float that is null where it is not finite, with six digits.
type number float64

// MarshalJSON writes null for what is not finite.
func (n number) MarshalJSON() ([]byte, error) {
	v := float64(n)
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%.6g", v), nil
}

// Study is what is shown of a study: tables by what they are, and a sheet of its figures.
type Study struct {
	Tables []Table `json:"tables"`
	Sheet  string  `json:"sheet,omitempty"` // PNG, as a data URL
}

// Table is a table of a study. Kind tells the script what it may draw of it.
type Table struct {
	Kind    string     `json:"kind"`
	Title   string     `json:"title"`
	Text    string     `json:"text"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	File    string     `json:"file"`
}

// File makes the report of one recording (.h5 of renshaw convert, or simulation_output.h5), with
// its analysis if that lies beside it.
func File(path string) (*Page, error) {
	r, err := recordingOf(path)
	if err != nil {
		return nil, err
	}
	return &Page{Title: r.Name, Recordings: []Recording{*r}}, nil
}

// Dir makes the report of a study: its recordings (in recordings/, or the folder itself), the
// posteriors and checks of them, and the sheet of figures. What is missing is left out; a
// folder with nothing of this is an error.
func Dir(dir string) (*Page, error) {
	p := &Page{Title: filepath.Base(mustAbs(dir)), Study: &Study{}}
	folder := filepath.Join(dir, "recordings")
	if _, err := os.Stat(folder); err != nil {
		folder = dir
	}
	files, err := job.Find(folder, func(path string) bool {
		return filepath.Dir(path) == filepath.Clean(folder) && strings.HasSuffix(path, ".h5") &&
			!strings.HasSuffix(path, "analysis_output.h5")
	})
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if ok, err := recfile.IsRecording(f); err != nil || !ok {
			continue
		}
		r, err := recordingOf(f)
		if err != nil {
			return nil, err
		}
		p.Recordings = append(p.Recordings, *r)
	}
	if err := p.Study.read(dir); err != nil {
		return nil, err
	}
	if len(p.Recordings) == 0 && len(p.Study.Tables) == 0 {
		return nil, fmt.Errorf("%s: has no recording (.h5 of renshaw convert, also in recordings/) and "+
			"no table of posteriors (posterior/)", dir)
	}
	return p, nil
}

func mustAbs(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// forcePoints is how many values of the force are shown at most.
const forcePoints = 4000

// recordingOf gathers what is shown of a recording.
func recordingOf(path string) (*Recording, error) {
	in, err := motorunit.Read(path)
	if err != nil {
		return nil, err
	}
	r := &Recording{Name: in.Name, DurationS: in.DurationS, Colours: map[string]string{},
		Histograms: []Histogram{}, Force: []number{}, Plateaus: [][2]float64{}}
	if r.DurationS == 0 {
		r.DurationS = float64(in.Length()) / in.FsHz
	}
	r.force(in)
	r.units(in)
	for _, m := range in.Muscles() {
		red, green, blue, _ := canvas.MuscleColour(m).RGBA()
		r.Colours[m] = fmt.Sprintf("#%02x%02x%02x", red>>8, green>>8, blue>>8)
	}
	r.facts(in)
	if err := r.provenance(in, path); err != nil {
		return nil, err
	}
	return r, r.histograms(path)
}

func (r *Recording) force(in *motorunit.Recording) {
	if in.Force == nil {
		return
	}
	step := max(1, len(in.Force.PercentMVC)/forcePoints)
	r.ForceStepS = float64(step) / in.FsHz
	for i := 0; i < len(in.Force.PercentMVC); i += step {
		r.Force = append(r.Force, number(math.Round(100*in.Force.PercentMVC[i])/100))
	}
	for _, p := range in.Force.Plateaus {
		r.Plateaus = append(r.Plateaus, [2]float64{float64(p.Start) / in.FsHz, float64(p.Stop) / in.FsHz})
	}
}

// units fills the table of units and the raster, muscle by muscle.
func (r *Recording) units(in *motorunit.Recording) {
	r.Columns = []string{"unit", "name", "muscle", "grid", "discharges", "rate (Hz)",
		"CV of intervals", "longest pause (s)"}
	for _, p := range in.Properties {
		r.Columns = append(r.Columns, p.Label)
	}
	for _, m := range in.Muscles() {
		for _, u := range in.Units {
			if u.Muscle == m {
				r.Units = append(r.Units, shownUnit(u, in.Properties))
			}
		}
	}
}

func shownUnit(u motorunit.Unit, properties []motorunit.Property) Unit {
	out := Unit{ID: u.ID, Muscle: u.Muscle, Spikes: make([]int, len(u.SpikesS))}
	last := 0
	for i, t := range u.SpikesS {
		at := int(math.Round(10000 * t))
		out.Spikes[i], last = at-last, at
	}
	rate, cv, pause := intervals(u.SpikesS)
	grid := any(u.Grid + 1)
	if u.Grid < 0 {
		grid = nil
	}
	out.Cells = []any{u.ID, u.Name, u.Muscle, grid, len(u.SpikesS), rate, cv, pause}
	for _, p := range properties {
		out.Cells = append(out.Cells, number(signal.NaNMean(u.Property[p.Name])))
	}
	return out
}

// intervals gives the rate (1 / mean interval), the coefficient of variation and the longest of
// the intervals between discharges.
func intervals(t []float64) (rate, cv, longest number) {
	if len(t) < 2 {
		nan := number(math.NaN())
		return nan, nan, nan
	}
	sum, squares, most := 0.0, 0.0, 0.0
	n := float64(len(t) - 1)
	mean := (t[len(t)-1] - t[0]) / n
	for i := 1; i < len(t); i++ {
		d := t[i] - t[i-1]
		sum, squares, most = sum+d, squares+(d-mean)*(d-mean), math.Max(most, d)
	}
	return number(n / sum), number(math.Sqrt(squares/n) / mean), number(most)
}

func (r *Recording) facts(in *motorunit.Recording) {
	add := func(name, value string) {
		if value != "" {
			r.Facts = append(r.Facts, [2]string{name, value})
		}
	}
	add("participant", in.Subject)
	add("condition", in.Condition)
	add("session", in.Session)
	discharges := 0
	for _, u := range in.Units {
		discharges += len(u.SpikesS)
	}
	add("units", fmt.Sprintf("%d (%s)", len(in.Units), strings.Join(in.Muscles(), ", ")))
	add("discharges", fmt.Sprint(discharges))
	add("duration", fmt.Sprintf("%.1f s at %g Hz", r.DurationS, in.FsHz))
	add("plateaus", fmt.Sprint(len(r.Plateaus)))
}

// provenance lists the attributes of the file that say where it comes from.
func (r *Recording) provenance(in *motorunit.Recording, path string) error {
	f, err := h5.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r.Provenance = [][2]string{{"file", filepath.Base(path)}}
	for _, name := range []string{"source_file", "source_sha256", "source_kind", "profile", "polarity",
		"version", "content_sha256", "options"} {
		if v, err := f.AttrString("/", name); err == nil && v != "" {
			r.Provenance = append(r.Provenance, [2]string{name, v})
		}
	}
	if v, err := f.AttrString("/", "warnings"); err == nil && v != "" {
		r.Warnings = strings.Split(v, "\n")
	}
	if in.Simulated {
		r.Provenance = append(r.Provenance,
			[2]string{"simulated", "observed time only, margins left out"})
	}
	return nil
}

// histogramStep thins the curves of the histograms, whose bins are of one sample; they hold
// nothing above 60 Hz.
const histogramStep = 2

// histograms reads the analysis beside a recording.
func (r *Recording) histograms(path string) error {
	at := filepath.Join(filepath.Dir(path), folder.OutputName(path, ""))
	if !exists(at) {
		r.NoAnalysis = "There is no analysis beside the recording; renshaw analyze makes it."
		return nil
	}
	an, err := anafile.ReadAnalysis(at)
	if err != nil {
		return err
	}
	for i, x := range an.Axis.X() {
		if i%histogramStep == 0 {
			r.Time = append(r.Time, number(1000*x))
		}
	}
	for i := range an.Rows {
		if row := &an.Rows[i]; row.Direction == crosshist.Inhibited {
			h, err := histogramOf(an, row)
			if err != nil {
				return err
			}
			r.Histograms = append(r.Histograms, h)
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func histogramOf(an *analysis.Analysis, row *analysis.Row) (Histogram, error) {
	f := row.Features
	area := f.Forward.CorrectedArea
	if math.IsNaN(area) {
		area = f.Forward.RawArea
	}
	h := Histogram{Unit: row.Unit, Muscle: row.PoolA, Other: row.PoolB, Area: number(-100 * area),
		Peak: number(100 * f.SyncHeight), R2: number(f.R2Full), Counts: number(f.NSpikes)}
	c, err := recordings.ComputeCrossHistogram(an, row.PoolA, row.PoolB, row.Unit)
	if err != nil {
		h.Note = "the curves were not kept"
		return h, nil
	}
	p := c.Panels[crosshist.Inhibited]
	if !p.Fitted {
		h.Note = p.Note
		return h, nil
	}
	h.Prob, h.Baseline, h.Full = millionths(p.Probability), millionths(p.Baseline), millionths(p.Full)
	h.Window = p.WindowMs
	if p.Forward[0] >= 0 && p.Forward[1] < len(p.TimeMs) {
		h.Forward = [2]float64{p.TimeMs[p.Forward[0]], p.TimeMs[p.Forward[1]]}
	}
	return h, nil
}

func millionths(v []float64) []int {
	var out []int
	for i := 0; i < len(v); i += histogramStep {
		out = append(out, int(math.Round(1e6*v[i])))
	}
	return out
}

// tables are the tables of a study that are shown, in this order.
var tables = []Table{
	{Kind: "verdict", File: "posterior/observations.csv", Title: "Do the training simulations " +
		"resemble the recordings?", Text: "Where a condition is unlike all of them its posterior is an " +
		"extrapolation and must not be read."},
	{Kind: "posterior", File: "posterior/posterior_summary.csv", Title: "Posteriors within muscles",
		Text: "Median, 50 % interval (thick) and 90 % interval (thin) per participant, muscle and " +
			"intensity."},
	{Kind: "table", File: "posterior/comparisons.csv", Title: "Probability that a parameter is " +
		"larger in the first condition", Text: "Near 0.5 the recordings cannot tell; above 0.95 or " +
		"below 0.05 they can."},
	{Kind: "table", File: "posterior/group_summary.csv", Title: "The participants together",
		Text: "Mean of these participants (group_mean), one taken at random (participant), SD " +
			"between them."},
	{Kind: "verdict", File: "posterior_pairs/observations.csv",
		Title: "The same question for pairs of muscles"},
	{Kind: "posterior", File: "posterior_pairs/posterior_summary.csv",
		Title: "Posteriors from one muscle to another", Text: "The first muscle is inhibited by the " +
			"second (…_other_pool)."},
	{Kind: "table", File: "predictive/summary_table_rmse_r2.csv",
		Title: "Predictive checks: distances of simulations to recordings",
		Text: "Simulations from the posterior should lie nearer to their recording than other " +
			"recordings and training simulations do."},
	{Kind: "table", File: "predictive/feature_accuracy.csv", Title: "Predictive checks by feature"},
	{Kind: "table", File: "tables/experiment_exclusions.csv", Title: "What filters left out"},
}

// rowsShown bounds a table.
const rowsShown = 400

func (s *Study) read(dir string) error {
	s.Tables = []Table{}
	for _, t := range tables {
		path := filepath.Join(dir, t.File)
		if !exists(path) {
			continue
		}
		in, err := table.Read(path)
		if err != nil {
			return err
		}
		if len(in.Rows) == 0 {
			continue
		}
		t.Columns, t.Rows = in.Columns, in.Rows
		if len(t.Rows) > rowsShown {
			t.Text += fmt.Sprintf(" The first %d of %d rows.", rowsShown, len(t.Rows))
			t.Rows = t.Rows[:rowsShown]
		}
		for i, row := range t.Rows {
			t.Rows[i] = slices.Clone(row)
			for k, v := range row {
				t.Rows[i][k] = shortened(v)
			}
		}
		s.Tables = append(s.Tables, t)
	}
	sheet, err := os.ReadFile(filepath.Join(dir, "figures", canvas.SheetName+".png"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	s.Sheet = "data:image/png;base64," + base64.StdEncoding.EncodeToString(sheet)
	return err
}

// shortened writes numbers with four digits.
func shortened(v string) string {
	if len(v) < 7 || !strings.ContainsAny(v, ".e") {
		return v
	}
	if x, err := table.ParseFloat(v); err == nil && !math.IsNaN(x) {
		return fmt.Sprintf("%.4g", x)
	}
	return v
}

// Write writes the page to path: one file that needs no other and no network.
func (p *Page) Write(path string) error {
	p.Version, p.Made = version.String(), version.Date().Format(time.RFC3339)
	data, err := json.Marshal(p)
	if _, ok := errors.AsType[*json.UnsupportedValueError](err); ok {
		finite, _ := atomicfile.Finite(p)
		data, err = json.Marshal(finite)
	}
	if err != nil {
		return err
	}
	read := func(name string) string {
		b, _ := assets.ReadFile(name) // embedded
		return string(b)
	}
	t, err := template.New("page").Parse(read("page.html"))
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := t.Execute(&page,
		map[string]any{"Title": p.Title, "Style": template.CSS(read("page.css")),
			"Script": template.JS(read("page.js")), "Data": template.JS(data)}); err != nil {
		return err
	}
	return atomicfile.Write(path,
		func(w io.Writer) error { _, err := w.Write(page.Bytes()); return err })
}
