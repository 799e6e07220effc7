// Command scaling measures how processor time and memory of the commands grow: with the number of
// motor neurons, the duration, the units of a recording, the recordings in a folder and the draws
// of a posterior. It writes scaling.csv and scaling.svg into a folder. make scaling runs it.
package main

import (
	"fmt"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg/draw"

	"example.org/renshaw/pkg/figure/canvas"
	"example.org/renshaw/pkg/file/table"
)

// series is one command at several sizes.
type series struct {
	name, size string // what grows, for the table and the axis
	sizes      []int
	// run prepares size n in a folder of its own and returns the command that is measured.
	run func(m *machine, n int) ([]string, error)
}

// point is one measurement.
type point struct {
	series     string
	n          int
	cpuS, peak float64 // s, MB
}

// machine runs the program in a folder.
type machine struct{ renshaw, dir, root string }

func (m *machine) path(name string) string { return filepath.Join(m.dir, name) }

func (m *machine) write(name, format string, args ...any) (string, error) {
	path := m.path(name)
	return path, os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o644)
}

// do runs the program and returns its processor time, s, and peak memory, MB.
func (m *machine) do(args ...string) (cpuS, peak float64, err error) {
	cmd := exec.Command(m.renshaw, args...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("renshaw %v: %w: %s", args, err, out)
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, 0, fmt.Errorf("this system does not tell the memory of a process")
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return cpu.Seconds(), float64(usage.Maxrss) / 1000, nil
}

const batchFile = `name: scaling
seed: 1
n: 1
fixed: {duration: %d, full_pool_sim: false, nb_motoneurons_per_pool: %d, nb_RCs_per_pool_pair: %d,
  excitatory_input_baseline: [40000], common_input_std: [[3500, 2000]],
  independent_input_power: 4.2426, low_pass_filter_of_MN_independent_input: 80}
`

func simulation(m *machine, durationS, neurons int) ([]string, error) {
	file, err := m.write("batch.yaml", batchFile, durationS, neurons, max(1, neurons/3))
	return []string{"simulate", file, "-o", m.path("sim"), "--workers", "1"}, err
}

const analysisFile = `get_coherence: false
cross_histogram_measures_min_spikes: 20
select_random_subset_of_MUs_per_pool_for_analyses: %d
`

// units analyses n units of a simulation of 500 motor neurons and 20 s.
func units(m *machine, n int) ([]string, error) {
	args, err := simulation(m, 20, 500)
	if err != nil {
		return nil, err
	}
	if _, _, err := m.do(args...); err != nil {
		return nil, err
	}
	config, err := m.write("analysis.yaml", analysisFile, n)
	return []string{"analyze", m.path("sim"), "--config", config, "--workers", "1"}, err
}

// recordings analyses a folder of n simulations of 5 motor neurons and 10 s.
func recordings(m *machine, n int) ([]string, error) {
	args, err := simulation(m, 10, 5)
	if err != nil {
		return nil, err
	}
	if _, _, err := m.do(append(args, "--n", "1")...); err != nil {
		return nil, err
	}
	from := filepath.Join(m.path("sim"), "simulation_output_0")
	for i := 1; i < n; i++ {
		to := filepath.Join(m.path("sim"), "simulation_output_"+strconv.Itoa(i))
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return nil, err
		}
	}
	config, err := m.write("analysis.yaml", analysisFile, 0)
	return []string{"analyze", m.path("sim"), "--config", config, "--workers", "1"}, err
}

// posterior draws n times from the posteriors of one recording of two muscles.
func posterior(m *machine, n int) ([]string, error) {
	tab := m.path("experiment.csv")
	recording := filepath.Join(m.root, "examples", "recordings", "V1_Quadriceps_10percent.h5")
	for _, args := range [][]string{{"analyze", recording, "-o", m.path("ana")},
		{"summarize", m.path("ana"), "--kind", "experiment", "-o", tab, "--properties",
			filepath.Join(m.root, "examples", "recordings", "MU_properties_ALL.csv")}} {
		if _, _, err := m.do(args...); err != nil {
			return nil, err
		}
	}
	return []string{"infer", filepath.Join(m.root, "estimators", "single_muscle"), tab, "-o",
		m.path("posterior"), "--samples", strconv.Itoa(n), "--workers", "1", "--max-time", "0",
		"--max-proposals", strconv.Itoa(100 * n)}, nil
}

var all = []series{
	{"simulate: motor neurons", "motor neurons (20 s)", []int{30, 60, 100, 200, 300},
		func(m *machine, n int) ([]string, error) { return simulation(m, 20, n) }},
	{"simulate: duration", "duration (s), 30 motor neurons", []int{10, 30, 100, 300, 1000, 3600},
		func(m *machine, n int) ([]string, error) { return simulation(m, n, 30) }},
	{"analyze: units", "units (20 s)", []int{10, 30, 100, 300, 500}, units},
	{"analyze: recordings", "recordings of 5 units and 10 s", []int{1, 10, 100, 1000}, recordings},
	{"infer: draws", "draws per condition", []int{1e3, 1e4, 1e5, 1e6}, posterior},
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("scaling: name the program, the checkout and the folder for the results")
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal("scaling: ", err)
	}
}

func run(renshaw, root, out string) error {
	var points []point
	for _, s := range all {
		for _, n := range s.sizes {
			p, err := measure(s, n, renshaw, root)
			if err != nil {
				return err
			}
			log.Printf("%s %d: %.2f s, %.0f MB", s.name, n, p.cpuS, p.peak)
			points = append(points, p)
		}
	}
	t := &table.Table{Columns: []string{"series", "size", "cpu_s", "peak_MB"}}
	for _, p := range points {
		t.Add(p.series, strconv.Itoa(p.n), fmt.Sprintf("%.2f", p.cpuS), fmt.Sprintf("%.0f", p.peak))
	}
	if err := t.Write(filepath.Join(out, "scaling.csv")); err != nil {
		return err
	}
	return picture(points).Save(filepath.Join(out, "scaling.svg"))
}

func measure(s series, n int, renshaw, root string) (point, error) {
	dir, err := os.MkdirTemp("", "scaling")
	if err != nil {
		return point{}, err
	}
	defer os.RemoveAll(dir)
	m := &machine{renshaw: renshaw, dir: dir, root: root}
	args, err := s.run(m, n)
	if err != nil {
		return point{}, err
	}
	cpuS, peak, err := m.do(args...)
	return point{s.name, n, cpuS, peak}, err
}

// picture draws processor time and memory against size, both axes logarithmic, with a line of
// slope 1 through the largest size.
func picture(points []point) *canvas.Canvas {
	c := canvas.New(12, 5.2)
	for i, s := range all {
		var cpu, peak plotter.XYs
		for _, p := range points {
			if p.series == s.name {
				cpu = append(cpu, plotter.XY{X: float64(p.n), Y: math.Max(p.cpuS, 0.01)})
				peak = append(peak, plotter.XY{X: float64(p.n), Y: p.peak})
			}
		}
		for row, xys := range []plotter.XYs{cpu, peak} {
			p := canvas.Panel(s.name, s.size, []string{"processor time (s)", "peak memory (MB)"}[row])
			logarithmic(p)
			last := xys[len(xys)-1]
			first := math.Max(xys[0].X, last.X*xys[0].Y/last.Y/3)
			p.Add(canvas.Line([]float64{first, last.X}, []float64{last.Y * first / last.X, last.Y},
				canvas.RGB(0xbbbbbb), 1))
			p.Add(lineAndPoints(xys, i))
			p.Draw(c.Area(float64(i)/5, float64(i+1)/5, float64(1-row)/2, float64(2-row)/2))
		}
	}
	return c
}

func logarithmic(p *plot.Plot) {
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{}
}

// lineAndPoints are the line of a series and its points.
func lineAndPoints(xys plotter.XYs, i int) (plot.Plotter, plot.Plotter) {
	l, s, err := plotter.NewLinePoints(xys)
	if err != nil { // only for numbers that are not finite
		log.Fatal("scaling: ", err)
	}
	l.Color, s.Color, s.Shape = canvas.CurveColour(i), canvas.CurveColour(i), draw.CircleGlyph{}
	return l, s
}
