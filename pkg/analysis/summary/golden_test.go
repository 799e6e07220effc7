package summary

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/feature"
	"example.org/renshaw/pkg/file/table"
)

// byKey indexes the rows of a table by the texts of some columns.
func byKey(t *testing.T, tab *table.Table, columns ...string) map[string][]string {
	t.Helper()
	idx, err := tab.Need("table", columns...)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, row := range tab.Rows {
		var k []string
		for _, c := range idx {
			k = append(k, row[c])
		}
		key := strings.Join(k, " | ")
		for n := 2; out[key] != nil; n++ { // mirrored rows have no unit number: tell them apart by order
			key = strings.Join(k, " | ") + " #" + strconv.Itoa(n)
		}
		out[key] = row
	}
	return out
}

// equalCells compares as numbers where both are, maps without regard to the kind
// of quotes.
func equalCells(a, b string, tol float64) bool {
	if a == b {
		return true
	}
	x, errX := table.ParseFloat(a)
	y, errY := table.ParseFloat(b)
	if errX == nil && errY == nil {
		return math.IsNaN(x) && math.IsNaN(y) || x == y || math.Abs(x-y) <= tol*math.Max(1, math.Abs(y))
	}
	flat := func(s string) string { return strings.NewReplacer("'", `"`, "\n", " ").Replace(s) }
	return flat(a) == flat(b)
}

func compareTables(t *testing.T, name string, got, want *table.Table, key []string, tol float64) {
	t.Helper()
	if g, w := strings.Join(got.Columns, ","), strings.Join(want.Columns, ","); g != w {
		t.Errorf("%s: columns\n%s\nwant\n%s", name, g, w)
		return
	}
	g, w := byKey(t, got, key...), byKey(t, want, key...)
	if len(g) != len(w) {
		t.Errorf("%s: %d rows, want %d", name, len(g), len(w))
	}
	bad := 0
	for k, wr := range w {
		gr, ok := g[k]
		if !ok {
			t.Errorf("%s: no row %s", name, k)
			continue
		}
		for c := 1; c < len(wr); c++ { // column 0 numbers the rows
			if !equalCells(gr[c], wr[c], tol) {
				if bad++; bad < 10 {
					t.Errorf("%s: row %s: %s = %q, want %q", name, k, want.Columns[c], gr[c], wr[c])
				}
			}
		}
	}
	if bad >= 10 {
		t.Errorf("%s: %d cells differ", name, bad)
	}
	t.Logf("parity %s: %d rows x %d columns, %d cells differ by more than %g", name, len(w),
		len(want.Columns), bad, tol)
}

// Both experimental tables from the golden analyses, row by row.
func TestExperimentTablesAgainstReference(t *testing.T) {
	root := testdata.Shared(t, "golden/analysis")
	files, _ := filepath.Glob(filepath.Join(root, "outputs/experimental/*.h5"))
	if len(files) != 5 {
		t.Fatalf("%d analyses", len(files))
	}
	res, err := Experiment(files,
		ExperimentOptions{Properties: filepath.Join(root, "inputs/experimental/MU_properties_ALL.csv"),
			SubjectTwoCharacters: true, MirrorPairs: true})
	if err != nil {
		t.Fatal(err)
	}
	key := []string{"muscle_pair", "subject", "intensity", "MU_idx", "perspective", "direction",
		"n_spikes"}
	for _, c := range []struct {
		file string
		got  *table.Table
	}{{"experimental_data_dataframe_RAW.csv", res.Raw},
		{"experimental_data_dataframe_reorganized_and_filtered_dir_inhibited_persp_other_MUs_as_ref.csv",
			res.Final}} {
		want, err := table.Read(filepath.Join(root, "outputs/summary", c.file))
		if err != nil {
			t.Fatal(err)
		}
		compareTables(t, c.file, c.got, want, key, 1e-12)
	}
}

// The corrected profile keeps the measured rows of both ordered pairs, each with
// its own unit.
func TestCorrectedKeepsMeasuredPairs(t *testing.T) {
	root := testdata.Shared(t, "golden/analysis")
	files, _ := filepath.Glob(filepath.Join(root, "outputs/experimental/S1*.h5"))
	res, err := Experiment(files,
		ExperimentOptions{Properties: filepath.Join(root, "inputs/experimental/MU_properties_ALL.csv")})
	if err != nil {
		t.Fatal(err)
	}
	unit, pair := res.Raw.Col("MU_idx"), res.Raw.Col("muscle_pair")
	count := map[string]int{}
	for _, r := range res.Final.Rows {
		if r[unit] == "" {
			t.Fatalf("a row without its unit: %v", r)
		}
		count[r[pair]]++
	}
	// 10 %: VL 9, VM 5 units; 40 %: VL 6, VM 5; every unit against both muscles.
	for p, n := range map[string]int{"VL<->VL": 15, "VL<->VM": 15, "VM<->VM": 10, "VM<->VL": 10} {
		if count[p] != n {
			t.Errorf("%s: %d rows, want %d", p, count[p], n)
		}
	}
	if _, err := Experiment(files, ExperimentOptions{Pairs: "within"}); err != nil {
		t.Error(err)
	}
}

// The simulation table. The golden analyses are files of another name, so they are
// laid out as a batch first.
func TestSimulationTableAgainstReference(t *testing.T) {
	root := testdata.Shared(t, "golden/analysis")
	dir := t.TempDir()
	var files []string
	for i := 0; i < 5; i++ {
		sim := filepath.Join(dir, fmt.Sprintf("sim_%d", i))
		if err := os.MkdirAll(sim, 0o755); err != nil {
			t.Fatal(err)
		}
		for src, dst := range map[string]string{
			fmt.Sprintf("outputs/simulation/sim_%d.h5", i):                        "analysis_output.h5",
			fmt.Sprintf("inputs/simulation_batch/sim_%d/sim_parameters.json", i):  "sim_parameters.json",
			fmt.Sprintf("inputs/simulation_batch/sim_%d/simulation_output.h5", i): "simulation_output.h5",
		} {
			if err := os.Symlink(filepath.Join(root, src), filepath.Join(sim, dst)); err != nil {
				t.Fatal(err)
			}
		}
		files = append(files, filepath.Join(sim, "analysis_output.h5"))
	}
	res, err := Simulation(files, SimulationOptions{CoherenceSize: 3})
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Warnings) != 0 {
		t.Errorf("warnings: %v", res.Warnings)
	}
	want, err := table.Read(
		filepath.Join(root, "outputs/summary/___general_analysis_of_simulations.csv"))
	if err != nil {
		t.Fatal(err)
	}
	compareTables(t, "simulations", withoutReceived(t, res.Table), want,
		[]string{"sim_name", "MN_index", "pool_pair", "direction", "perspective"}, 1e-12)
}

// withoutReceived leaves out the columns that the reference does not have, after comparing them
// with the matrix of inhibition: pools of N receive N - 1 times its diagonal from themselves.
func withoutReceived(t *testing.T, got *table.Table) *table.Table {
	t.Helper()
	own, other := got.Col(feature.ReceivedInhibition), got.Col(feature.ReceivedInhibitionOther)
	inhibition, perPool := got.Col(feature.Inhibition), got.Col(neuronsPerPool)
	pool, pair := got.Col("pool"), got.Col("pool_pair")
	if own < 0 || other != own+1 {
		t.Fatalf("columns %v", got.Columns)
	}
	out := &table.Table{}
	drop := func(cells []string) []string {
		return slices.Concat(cells[:own:own], cells[other+1:])
	}
	out.Columns = drop(got.Columns)
	for _, row := range got.Rows {
		out.Add(drop(row)...)
		m := table.ParseList(row[inhibition])
		side := int(math.Sqrt(float64(len(m))))
		n, err := strconv.ParseFloat(row[perPool], 64)
		if err != nil {
			t.Fatal(err)
		}
		p, _ := strconv.Atoi(row[pool])
		if want := table.Float((n - 1) * m[p*side+p]); row[own] != want {
			t.Errorf("%s: received from its own pool %s, want %s", row[pair], row[own], want)
		}
		if a, b, _ := feature.Muscles(row[pair]); (a == b) != (row[other] == "") {
			t.Errorf("%s: received from the other pool %q", row[pair], row[other])
		}
	}
	return out
}

func TestIntensityOfNames(t *testing.T) {
	for name, want := range map[string]float64{"S1_Quadriceps_10percent": 10, "DeFr_TA_40percent": 40,
		"S12_TA_7.5percent": 7.5, "Fingers_30percent": 30, "TA_10percent": 10} {
		if got, ok := intensityOf(name); !ok || got != want {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, want)
		}
	}
	if _, ok := intensityOf("TA_rest"); ok {
		t.Error("TA_rest has an intensity")
	}
}

func TestOneLine(t *testing.T) {
	if got := oneLine(json.RawMessage("[1.0,\n {\"a,b\": [2, 3]}]")); got != `[1.0, {"a,b": [2, 3]}]` {
		t.Errorf("%s", got)
	}
}
