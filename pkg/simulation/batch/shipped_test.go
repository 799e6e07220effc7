package batch

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/simulation/motorpool"
)

// Every batch file of the repository can be read, and each of its rows (every 25th unless thorough)
// simulated.
func TestShippedBatches(t *testing.T) {
	rows := map[string]int{"fig2_peak_height_vs_highfreq_input": 1000, "fig2_trough_area_vs_ri": 300,
		"fig2_trough_timing_vs_delay":    300,
		"fig2_trough_timing_vs_ipsp_tau": 300, "fig3_common_input_0_60hz": 400,
		"fig3_common_input_low_freq":     400,
		"fig4_posterior_predictive_pair": 808, "fig4_posterior_predictive_single": 1212,
		"training_single": 16000, "training_single_paper": 12000, "training_pair": 2000,
		"training_pair_wide": 4500, "example": 12, "wide_single": 4000, "wide_single_test": 1000,
		"wide_pair": 10000, "wide_pair_test": 2500}
	files, err := filepath.Glob(filepath.Join(testdata.Root(), "batches", "*.yaml"))
	if err != nil || len(files) != len(rows) {
		t.Fatalf("%d batch files, %d are known; %v", len(files), len(rows), err)
	}
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if name == "training_pair" { // needs a table of the user's
			path = filepath.Join(t.TempDir(), "training_pair.yaml")
			writeText(t, filepath.Join(filepath.Dir(path), "posterior_samples_each_subject.csv"),
				"subject,muscle_pair,intensity,excitatory_input_baseline,"+
					"disynpatic_inhib_connections_desired_MN_MN,common_input_high_freq_middle_of_range,"+
					"common_input_high_freq_half_width_range,common_input_std\n"+
					"S1,SOL<->SOL,10,30000,1,40,10,2000\nS1,GM<->GM,10,35000,1.2,30,8,1500\n")
		}
		f, err := Parse(path, raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		all := f.Rows()
		if len(all) != rows[name] {
			t.Errorf("%s: %d rows, want %d", name, len(all), rows[name])
		}
		for i, row := range all {
			if i%25 != 0 && !testdata.Thorough() {
				continue
			}
			p, warnings, err := f.Params(i, row)
			if err == nil {
				err = p.Validate()
			}
			if err != nil || len(warnings) > 0 {
				t.Errorf("%s: row %d: %v %v", name, i, err, warnings)
				break
			}
		}
	}
}

func writeText(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Two published simulations replay from their rows in the batch files: the spikes are
// those of the reference.
func TestShippedRowsReplay(t *testing.T) {
	for name, c := range map[string]struct{ batch, label string }{
		"fig2_trough_area_sim0": {"fig2_trough_area_vs_ri", ""},
		"fig4_vl_vm_10_sim0":    {"fig4_posterior_predictive_pair", "VL-VM_10"}} {
		if c.label != "" && !testdata.Thorough() {
			continue // takes four times as long as the other
		}
		f, err := Read(filepath.Join(testdata.Root(), "batches", c.batch+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for f.Simulations[at].Label != c.label {
			at++
		}
		p, _, err := f.Params(at, f.Simulations[at])
		if err != nil {
			t.Fatal(err)
		}
		var sim motorpool.Simulator
		s, err := sim.Run(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		g, err := h5.Open(filepath.Join(testdata.Root(), "pkg/simulation/motorpool/testdata", name+".h5"))
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		for path, got := range map[string][]int32{"/mn_step": s.MN.Step, "/mn_index": s.MN.Index,
			"/rc_step": s.RC.Step, "/rc_index": s.RC.Index} {
			want, _, err := g.Int64s(path)
			if err != nil || len(want) != len(got) {
				t.Fatalf("%s: %s: %d spikes, want %d, %v", name, path, len(got), len(want), err)
			}
			for i := range want {
				if int64(got[i]) != want[i] {
					t.Fatalf("%s: %s: spike %d is %d, want %d", name, path, i, got[i], want[i])
				}
			}
		}
	}
}
