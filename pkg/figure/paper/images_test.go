package paper

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"example.org/renshaw/internal/figuretest"
	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/figure/posteriors"
	"example.org/renshaw/pkg/figure/recordings"
	"example.org/renshaw/pkg/file/table"
)

var regen = flag.Bool("regen", false, "write the golden images anew")

// imageDPI is the resolution of golden images.
const imageDPI = 40

// exampleStudy writes a study of synthetic posteriors and coherence curves; figures of other
// tables come from the golden ones.
func exampleStudy(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 0))
	single := &table.Table{Columns: []string{"disynpatic_inhib_connections_desired_MN_MN",
		"common_input_std", "subject", "muscle_pair", "intensity"}}
	pair := &table.Table{Columns: []string{"disynpatic_inhib_connections_desired_MN_MN_other_pool",
		"subject", "muscle_pair", "intensity"}}
	for k, m := range []string{"VL", "VM", "TA", "XX"} {
		for _, intensity := range []float64{10, 40} {
			for i := range 400 {
				ri := 1 + 0.3*float64(k) + 0.01*intensity + 0.2*rng.NormFloat64()
				single.Add(table.Float(math.Abs(ri)),
					table.Float(1500+900*float64(k)+300*rng.NormFloat64()-200*ri), fmt.Sprintf("S%d", 1+i%2),
					m+"<->"+m, table.Float(intensity))
			}
		}
	}
	for i := range 200 {
		pair.Add(table.Float(math.Abs(0.6+0.2*rng.NormFloat64())), fmt.Sprintf("S%d", 1+i%2), "VL<->VM",
			"10")
	}
	parameters := &table.Table{Columns: []string{"sim_name",
		"disynpatic_inhib_connections_desired_MN_MN", "synaptic_IPSP_decay_time_constant"}}
	curves := &table.Table{Columns: []string{"sim_name", "pools", "frequency", "coherence",
		"coherence_with_input"}}
	for i := range 24 {
		name, ri, tau := fmt.Sprintf("simulation_output_%d", i), i%3, []int{5, 20}[i/3%2]
		parameters.Add(name, fmt.Sprintf("[[%d.]]", ri), fmt.Sprintf("%d. ms", tau))
		for q := range 121 {
			f := 0.5 * float64(q)
			c := math.Exp(-f/(10+5*float64(ri)))*0.8 + 0.05*rng.Float64()
			curves.Add(name, "pool_0-pool_0", table.Float(f), table.Float(c), table.Float(0.9*c))
		}
	}
	steady := &table.Table{Columns: []string{"subject", "muscle", "intensity", "plateau_index", "std",
		"cov"}}
	spectra := &table.Table{Columns: []string{"subject", "muscle", "intensity", "f_0.125Hz",
		"f_5.125Hz", "f_14.875Hz"}}
	for i := range 8 {
		subject, group, intensity := fmt.Sprintf("S%d", 1+i%2), []string{"TA", "Hand"}[i/2%2],
			[]string{"10percent", "40percent"}[i/4]
		spectra.Add(subject, group, intensity, table.Float(0.1+0.1*float64(i)), "0.002", "0.00005")
		for k := range 2 {
			steady.Add(subject, group, intensity, fmt.Sprint(k+1), table.Float(0.2+0.05*float64(i+k)),
				table.Float(0.01+0.002*float64(i)))
		}
	}
	for path, tb := range map[string]*table.Table{
		"recordings/" + recordings.ForceVariabilityName:      steady,
		"recordings/" + recordings.ForceSpectraName:          spectra,
		"posterior/posterior_samples_each_subject.csv":       single,
		"posterior_pairs/posterior_samples_each_subject.csv": pair,
		"tables/fig3_common_input_low_freq.csv":              parameters,
		"tables/fig3_common_input_low_freq_coherence.csv.gz": curves,
	} {
		if err := tb.Write(filepath.Join(dir, path)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Every figure looks as it did when it was last looked at. After a change that is meant:
// go test ./pkg/figure/paper -run Images -regen, and look at testdata/images.
func TestGoldenImages(t *testing.T) {
	testdata.Long(t)
	example := exampleStudy(t)
	for name, dir := range map[string]string{"fig2": "testdata/fig2", "fig3": example,
		"fig4": "../posteriors/testdata/fig4", "fig4c": "../posteriors/testdata/fig4", "fig5a": example,
		"fig5b": example, "fig5c": "testdata/fig5c", "secondary": "testdata/fig5c"} {
		f, ok := FigureNamed(name)
		if !ok {
			t.Fatalf("no figure %s", name)
		}
		pictures, err := f.Pictures(&Study{Dir: dir, Seed: 1, Mirrored: true})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, p := range pictures {
			compareImage(t, p)
		}
	}
	forces, err := forcePictures(&Study{Dir: example})
	if err != nil || len(forces) != 2 {
		t.Fatalf("%d pictures of forces, %v", len(forces), err)
	}
	f := forces[0].Data.(*recordings.ForceVariability)
	if len(f.Points) != 8 || len(f.Means) != 4 || math.Abs(f.Points[0].SD-0.225) > 1e-12 {
		t.Errorf("forces: %+v", f)
	}
	for _, p := range forces {
		compareImage(t, p)
	}
}

func compareImage(t *testing.T, p canvas.Picture) {
	t.Helper()
	got, err := p.Canvas.PNGAt(imageDPI)
	if err != nil {
		t.Fatal(err)
	}
	comparePDF(t, p, got)
	path := filepath.Join("testdata", "images", p.Name+".png")
	if *regen {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v (-regen makes it)", err)
		return
	}
	if share := figuretest.Differing(t, got, want); share > 0.01 {
		t.Errorf("%s: %.2g of the pixels differ; look at both, then go test ./pkg/figure/paper -run "+
			"Images -regen", path, share)
	}
}

func TestExport(t *testing.T) {
	f, _ := FigureNamed("fig5b")
	dir := t.TempDir()
	pictures, err := f.Draw(t.Context(), &Study{Dir: exampleStudy(t)}, dir)
	if err != nil || len(pictures) != 4 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	read := func(extension string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, "fig5b_recurrent_inhibition_probability"+extension))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	svg := string(read(".svg"))
	for _, text := range []string{"VL inhibited by VM", "pδ = P(row",
		"font-family:Liberation Sans,Arial"} {
		if !strings.Contains(svg, text) {
			t.Errorf("the SVG lacks %q", text)
		}
	}
	if pdf := read(".pdf"); !bytes.HasPrefix(pdf, []byte("%PDF")) ||
		bytes.Contains(pdf, []byte("/FontFile")) {
		t.Error("the PDF is none, or has fonts instead of outlines")
	} else if dates := regexp.MustCompile(`Date \(.*\)`).FindAll(pdf, -1); len(dates) != 2 ||
		string(dates[0]) != "Date (D:20000101000000)" || string(dates[1]) != string(dates[0]) {
		t.Errorf("the PDF says when it was made: %s", dates)
	}
	img, err := png.Decode(bytes.NewReader(read(".png")))
	if err != nil || img.Bounds().Dx() < 3000 {
		t.Errorf("PNG: %v, %v", img.Bounds(), err)
	}
	var data Fig5B
	if err := json.Unmarshal(read(".data.json"), &data); err != nil || len(data.Pairwise["10"]) == 0 ||
		data.Pairwise["10"][0].A != "TA" {
		t.Errorf("data: %+v, %v", data, err)
	}
}

// Faulty tables give an error that names file and column, or a stated fallback.
func TestFaultyTables(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, columns []string, rows ...[]string) {
		t.Helper()
		if err := (&table.Table{Columns: columns, Rows: rows}).Write(
			filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	draw := func(name string) error {
		f, _ := FigureNamed(name)
		_, err := f.Pictures(&Study{Dir: dir})
		return err
	}
	for _, f := range Figures() {
		var m *Missing
		if err := draw(f.Name); !errors.As(err, &m) || m.Name != f.Name {
			t.Errorf("%s of an empty folder: %v", f.Name, err)
		}
	}
	write("heldout_ground_truth.csv", []string{"sim_id", "theta0", "log_prob_true"},
		[]string{"0", "0.5", "1"})
	if err := draw("fig4"); err == nil ||
		!strings.Contains(err.Error(), "heldout_posterior_draws.csv") &&
			!strings.Contains(err.Error(), "feature_vectors.csv") {
		t.Errorf("truths without draws: %v", err)
	}
	write("heldout_posterior_draws.csv", []string{"sim_id", "draw", "theta0", "log_prob"},
		[]string{"7", "0", "0.5", "1"})
	if err := draw("fig4"); err == nil || !strings.Contains(err.Error(), "sim_id 7") {
		t.Errorf("draws of another simulation: %v", err)
	}
	write("fig2_trough_area_vs_ri.csv",
		[]string{"sim_name", "direction", "perspective", "n_spikes", "r2_bas"},
		[]string{"s", "inhibited", "other_MUs_as_ref", "20000", "1"})
	if err := draw("fig2"); err == nil ||
		!strings.Contains(err.Error(), `"r2_base" is missing; the nearest is "r2_bas"`) {
		t.Errorf("column missing: %v", err)
	}
	columns := []string{"muscle_pair", "muscle_of_MU", "subject", "intensity",
		"Recruitment_threshold_mean", "perspective", "direction", "raw_area", "asymmetry_diff_raw",
		"sync_height", "IPSP_timing_of_trough", "firing_rates_mean", "n_spikes", "r2_base", "r2_full",
		"full_spellout"}
	row := func(muscle, threshold, area string) []string {
		return []string{muscle + "<->" + muscle, muscle, "S1", "10", threshold, "other_MUs_as_ref",
			"inhibited", area, "0.001", "0.002", "0.03", "10", "9000", "0.9", "0.9",
			fmt.Sprintf("['%s_inhibited_by_%s', '']", muscle, muscle)}
	}
	write("experiment.csv", columns, row("EDL", "5", "-0.01"), row("VL", "5", "oops"))
	if err := draw("fig5c"); err == nil ||
		!strings.Contains(err.Error(), "experiment.csv: row 2: raw_area") {
		t.Errorf("text for a number: %v", err)
	}
	// A muscle without a colour, a condition of one unit, equal values.
	write("experiment.csv", columns, row("EDL", "5", "-0.01"), row("VL", "5", "-0.01"),
		row("VL", "6", "-0.01"), row("VL", "7", "-0.01"))
	for _, name := range []string{"fig5c", "secondary"} {
		if err := draw(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	var rows [][]string
	for i := range 20 {
		rows = append(rows, []string{"1.5", "700", "VL<->VL", "10"},
			[]string{fmt.Sprint(1 + 0.01*float64(i)), fmt.Sprint(100 * i * i), "VM<->VM", "10"})
	}
	write("posterior_samples_subjects_grouped_df.csv",
		[]string{"disynpatic_inhib_connections_desired_MN_MN", "common_input_std", "muscle_pair",
			"intensity"}, rows...)
	p, err := readPosteriors(&Study{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if f := ComputeFig5A(p, 10); len(f.Notes) != 3 || len(f.Joints) != 1 ||
		!strings.Contains(f.Notes[0], "VL") {
		t.Errorf("equal draws: notes %v, %d densities", f.Notes, len(f.Joints))
	}
	for _, name := range []string{"fig5a", "fig5b"} {
		if err := draw(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	write("posterior_samples_subjects_grouped_df.csv",
		[]string{"disynpatic_inhib_connections_desired_MN_MN", "common_input_std", "muscle_pair",
			"intensity"}, []string{"", "1", "VL<->VL", "10"})
	if err := draw("fig5a"); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("missing draw: %v", err)
	}
}

func BenchmarkFig5A(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 0))
	p := &posteriors.Set{}
	for _, label := range []string{"VL", "VM", "TA", "FDI", "GM", "SOL"} {
		for _, intensity := range []float64{10, 40} {
			g := &posteriors.Draws{Label: label, Intensity: intensity}
			p.Groups = append(p.Groups, g)
			for range 10000 {
				g.RI = append(g.RI, min(max(0.4+0.1*rng.NormFloat64(), 0), 1))
				g.CI = append(g.CI, min(max(0.5+0.15*rng.NormFloat64(), 0), 1))
			}
		}
	}
	for b.Loop() {
		for _, intensity := range p.Intensities() {
			ComputeFig5A(p, intensity)
		}
	}
}
