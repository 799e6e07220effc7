package recfile

import "testing"

// Names of shards of simulations and of their analyses, and others.
func TestParseShard(t *testing.T) {
	for name, want := range map[string]struct {
		before string
		i, n   int
		ok     bool
	}{
		ShardName(3, 20):                            {"", 3, 20, true},
		"analysis_output_shard_0_of_4.h5":           {"analysis_output_", 0, 4, true},
		"analysis_output_variant_0_shard_1_of_2.h5": {"analysis_output_variant_0_", 1, 2, true},
		"shard_1_of_2":                              {},
		"myshard_1_of_2.h5":                         {},
		"shard_1_of_99999999999999999999.h5":        {},
		"simulation_output.h5":                      {},
	} {
		before, i, n, ok := ParseShard(name)
		if ok != want.ok || ok && (before != want.before || i != want.i || n != want.n) {
			t.Errorf("%s: %q, %d of %d, %v", name, before, i, n, ok)
		}
		if got := IsShard(name); got != (ok && before == "") {
			t.Errorf("%s: shard of simulations %v", name, got)
		}
	}
}
