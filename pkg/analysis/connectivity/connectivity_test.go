package connectivity

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

type golden struct {
	Matrix [][]float64
	Kept   []int
	Result map[string]*float64
	Null   []float64 `json:"null_clustering_samples"`
}

// testdata/graph_theory.json: three matrices with the measures of the reference; the
// null graphs come from another generator and are compared statistically.
func TestMeasuresAgainstReference(t *testing.T) {
	raw, err := os.ReadFile("testdata/graph_theory.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []golden
	if err := json.Unmarshal(raw, &cases); err != nil || len(cases) != 3 {
		t.Fatal(len(cases), err)
	}
	for i, c := range cases {
		g := Measures(c.Matrix, c.Kept)
		for name, got := range map[string]float64{
			"density": g.Density, "mean_nb_disynaptic_inhib": g.MeanInhibition,
			"std_nb_disynaptic_inhib": g.StdInhibition,
			"global_efficiency":       g.GlobalEfficiency, "mean_shortest_path_length": g.MeanShortestPath,
			"directed_clustering_coeff": g.Clustering,
		} {
			if want := c.Result[name]; want == nil || math.Abs(got-*want) > 1e-12 {
				t.Errorf("case %d: %s = %v, want %v", i, name, got, want)
			}
		}
		mean, sd := 0.0, 0.0
		for _, x := range c.Null {
			mean += x / float64(len(c.Null))
		}
		for _, x := range c.Null {
			sd += (x - mean) * (x - mean) / float64(len(c.Null)-1)
		}
		sd = math.Sqrt(sd)
		if se := sd * math.Sqrt(2.0/nullGraphs); math.Abs(g.NullClusteringMean-mean) > 4*se+1e-12 {
			t.Errorf("case %d: null mean %v, want %v ± %v", i, g.NullClusteringMean, mean, se)
		}
		if r := g.NullClusteringStd / sd; sd > 0 && (r < 0.7 || r > 1.4) {
			t.Errorf("case %d: null sd %v, want %v", i, g.NullClusteringStd, sd)
		}
	}
}
