package simfile_test

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/simulation/motorpool"
	"example.org/renshaw/pkg/simulation/simfile"
)

// twoPools are two pools of 12 motor neurons that discharge 50 times in the duration if they are
// driven.
func twoPools(t *testing.T, driveNA ...float64) *motorpool.Simulation {
	t.Helper()
	p := motorpool.Default()
	p.DurationS, p.Pools, p.FullPool, p.NeuronsPerPool, p.RenshawPerPair = 8, 2, false, 12, 4
	p.DisynapticInhib, p.BaselineNA = [][]float64{{1, 0.5}, {0, 2}}, driveNA
	s, err := new(motorpool.Simulator).Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kept writes simulations as parts of a shard that keep at most 5 units per pool, and reads them.
func kept(t *testing.T, simulations ...*motorpool.Simulation) []*simfile.Kept {
	t.Helper()
	shard := filepath.Join(t.TempDir(), recfile.ShardName(0, 1))
	for i, s := range simulations {
		path := filepath.Join(shard, fmt.Sprintf("simulation_output_%d", i), simfile.SimulationFile)
		if err := simfile.WritePacked(path, s, simfile.PackedOptions{KeepUnits: 5}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h5.Merge(shard); err != nil {
		t.Fatal(err)
	}
	addresses, err := simfile.Addresses(shard)
	if err != nil || len(addresses) != len(simulations) {
		t.Fatalf("%v, %v", addresses, err)
	}
	var out []*simfile.Kept
	for _, path := range addresses {
		k, err := simfile.ReadKept(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

// The kept units have the trains of their neurons; what is known of the whole network stays with
// them, and a simulation with a silent pool keeps nothing else.
func TestKeptUnits(t *testing.T) {
	both, one := twoPools(t, 60000, 60000), twoPools(t, 60000, 0)
	all := kept(t, both, one, both)
	k, silent := all[0], all[1]
	if !reflect.DeepEqual(k, all[2]) {
		t.Error("the same simulation keeps other units")
	}
	if !k.Usable() || k.Active[0] < 5 || !reflect.DeepEqual(k.Params, both.Params) ||
		k.IndependentPowerNA2 != both.IndependentPowerNA2 ||
		!reflect.DeepEqual(k.Received, both.Connectivity.Received(2)) {
		t.Errorf("%+v", k)
	}
	trains := both.Trains()
	for pool, units := range k.Units {
		if len(units) != 5 || !slices.IsSortedFunc(units,
			func(a, b recording.Unit) int { return a.ID - b.ID }) {
			t.Fatalf("pool %d: %d units", pool, len(units))
		}
		for _, u := range units {
			want := recording.Window(trains[u.ID], 1, 9)
			if u.ID/12 != pool || u.Pool != fmt.Sprintf("pool_%d", pool) ||
				!reflect.DeepEqual(u.SpikesS, want) {
				t.Errorf("neuron %d of pool %d: %d discharges, want %d", u.ID, pool, len(u.SpikesS),
					len(want))
			}
		}
	}
	if silent.Usable() || silent.Active[0] < 5 || silent.Active[1] != 0 || silent.Units[0] != nil ||
		silent.Params.BaselineNA[1] != 0 {
		t.Errorf("silent: %+v", silent)
	}
}

// Files that are no such simulations are errors that name path and field.
func TestFaultyKept(t *testing.T) {
	s, err := simulation()
	if err != nil {
		t.Fatal(err)
	}
	whole := filepath.Join(t.TempDir(), "whole.h5")
	if err := simfile.WritePacked(whole, s, simfile.PackedOptions{}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{whole: "/kept", whole + "x": "whole.h5x"} {
		if _, err := simfile.ReadKept(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
