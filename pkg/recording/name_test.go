package recording

import (
	"strings"
	"testing"
)

func TestParseName(t *testing.T) {
	for path, want := range map[string]Name{
		"b/S1_TA_12.5percent.csv": {"S1_TA_12.5percent", "S1", "TA_12.5percent", "TA", 12, 1},
		"S1_TA_20percent.NPZ":     {"S1_TA_20percent", "S1", "TA_20percent", "TA", 20, 1},
		"a/S1_Quadriceps_10percent.mat": {"S1_Quadriceps_10percent", "S1", "Quadriceps_10percent",
			"Quadriceps", 10, 10},
		"DeFr_TricepsSurae_40percent.mat": {"DeFr_TricepsSurae_40percent", "DeFr",
			"TricepsSurae_40percent", "TricepsSurae", 40, 20},
		"S1_FDI_abduction.mat": {"S1_FDI_abduction", "S1", "FDI_abduction", "FDI", 20, 5},
		"S2_TA.mat":            {"S2_TA", "S2", "TA", "TA", 100, 1},
		"alone.mat":            {"alone", "alone", "", "", 100, 1},
	} {
		if got := ParseName(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

func TestNamesOfBIDS(t *testing.T) {
	for path, want := range map[string]string{
		"a/sub-V1_task-Quadriceps10percent_events.tsv":      "V1_Quadriceps_10percent",
		"sub-V1_ses-2_task-TA12p5percent_desc-x_events.tsv": "V1_TA_12.5percent_ses-2",
		"sub-03_task-isometric_run-1_events.tsv":            "03_isometric_run-1",
	} {
		if got := ParseName(path).Recording; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestMusclesOfAGroup(t *testing.T) {
	m := DefaultMuscleMap()
	if got, err := m.Muscles("a.mat", "Fingers"); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
	_, err := m.Muscles("a.mat", "Toes")
	if err == nil || !strings.Contains(err.Error(), "a.mat") ||
		!strings.Contains(err.Error(), "Quadriceps") {
		t.Errorf("unknown group: %v", err)
	}
}

func TestEntities(t *testing.T) {
	e := EntitiesOf("sub-V1/emg/sub-V1_ses-2_task-rest_events.tsv")
	if !e.Holds(EntitiesOf("task-rest_events.json")) || e.Holds(EntitiesOf("task-other_emg.json")) {
		t.Errorf("%v", e)
	}
	if !e.Holds(EntitiesOf("events.json")) || e.Holds(EntitiesOf("sub-V2_emg.json")) {
		t.Errorf("%v", e)
	}
}
