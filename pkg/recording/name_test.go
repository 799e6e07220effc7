package recording

import (
	"slices"
	"strings"
	"testing"
)

func TestStudyName(t *testing.T) {
	for path, want := range map[string]Name{
		"b/S1_TA_12.5percent.csv": {Recording: "S1_TA_12.5percent", Subject: "S1",
			Condition: "TA_12.5percent", Group: "TA", IntensityMVC: 12, Plateaus: 1},
		"S1_TA_20percent.NPZ": {Recording: "S1_TA_20percent", Subject: "S1",
			Condition: "TA_20percent", Group: "TA", IntensityMVC: 20, Plateaus: 1},
		"a/S1_Quadriceps_10percent.mat": {Recording: "S1_Quadriceps_10percent", Subject: "S1",
			Condition: "Quadriceps_10percent", Group: "Quadriceps", IntensityMVC: 10, Plateaus: 10},
		"DeFr_TricepsSurae_40percent.mat": {Recording: "DeFr_TricepsSurae_40percent", Subject: "DeFr",
			Condition: "TricepsSurae_40percent", Group: "TricepsSurae", IntensityMVC: 40, Plateaus: 20},
		"S1_FDI_abduction.mat": {Recording: "S1_FDI_abduction", Subject: "S1",
			Condition: "FDI_abduction", Group: "FDI", IntensityMVC: 20, Plateaus: 5},
		"S2_TA.mat": {Recording: "S2_TA", Subject: "S2", Condition: "TA", Group: "TA",
			IntensityMVC: 100, Plateaus: 1},
		"alone.mat": {Recording: "alone", Subject: "alone", IntensityMVC: 100, Plateaus: 1},
	} {
		if got := StudyName(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

// Names of the study mean the same by both rules.
func TestParseNameOfTheStudy(t *testing.T) {
	for _, path := range []string{"S1_Quadriceps_10percent.mat", "DeFr_TricepsSurae_40percent.mat",
		"S1_TA_30percent.csv", "T1_Fingers_10percent.mat", "sub-V1_task-TA30percent_events.tsv"} {
		if got, want := ParseName(path), StudyName(path); got != want {
			t.Errorf("%s: %+v, want %+v", path, got, want)
		}
	}
}

// A case of the table is: name; subject, condition, session, run and trial, with spaces between,
// - for none; a part of the doubt.
func TestUnderstand(t *testing.T) {
	for _, c := range [][3]string{
		{"S01_FDI_trial2_30percent.mat", "S01 FDI_30percent - - 2", ""},
		{"S01_FDI_30percent_trial-02.mat", "S01 FDI_30percent - - 02", ""},
		{"S01_FDI_Trial 3_30percent.mat", "S01 FDI_30percent - - 3", ""},
		{"2023-05-12_S1_FDI_30percent.mat", "S1 FDI_30percent 2023-05-12 - -", ""},
		{"20230512_S1_FDI_30percent.mat", "S1 FDI_30percent 2023-05-12 - -", ""},
		{"S1_20230512_FDI_30MVC.mat", "S1 FDI_30percent 2023-05-12 - -", ""},
		{"S1_FDI_30percent_12.05.2023.mat", "S1 FDI_30percent 12.05.2023 - -", ""},
		{"230512_S1_FDI_30percent.mat", "S1 FDI_30percent 230512 - -", ""},
		{"S1_FDI_12.5percent.csv", "S1 FDI_12.5percent - - -", ""},
		{"S1_FDI_2p5percent.csv", "S1 FDI_2.5percent - - -", ""},
		{"S1_FDI_12,5%.csv", "S1 FDI_12.5percent - - -", ""},
		{"S1_FDI_30MVC.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_MVC30.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_MVC_30.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30%.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30%MVC.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30 % MVC_run2.mat", "S1 FDI_30percent - 2 -", ""},
		{"S1_FDI_30pct.mat", "S1 FDI_30percent - - -", ""},
		{"S1_fdi_ramp_30PERCENT.MAT", "S1 FDI_30percent - - -", ""},
		{"S1_ramp_FDI_30percent.mat", "S1 FDI_30percent - - -", ""},
		{"S1 FDI 30percent.mat", "S1 FDI_30percent - - -", ""},
		{"S1-FDI-30percent.mat", "S1 FDI_30percent - - -", ""},
		{"S-01_FDI_30percent.mat", "S-01 FDI_30percent - - -", ""},
		{"subject_01_FDI_30percent.mat", "01 FDI_30percent - - -", ""},
		{"sub-01_FDI_30percent.mat", "01 FDI_30percent - - -", ""},
		{"FDI_S1_30percent.mat", "S1 FDI_30percent - - -", ""},
		{"TA01_Quadriceps_10percent.mat", "TA01 Quadriceps_10percent - - -", ""},
		{"S1_Triceps_Surae_10percent.mat", "S1 TricepsSurae_10percent - - -", ""},
		{"S1_ses-2_FDI_30percent_pre.mat", "S1 FDI_30percent 2 - -", ""},
		{"S1_FDI_30percent_post.mat", "S1 FDI_30percent post - -", ""},
		{"S1_FDI_30percent_2.mat", "S1 FDI_30percent - - 2", ""},
		{"S1_FDI_30percent (1).csv", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30percent - Copy (2).csv", "S1 FDI_30percent - - -", ""},
		{"Copy of S1_FDI_30percent.csv", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30percent copy 2.csv", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30percent_edited.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30percent.otb+_decomp.mat_edited.mat", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_30percent.OTB+_DECOMP.MAT_EDITED.MAT", "S1 FDI_30percent - - -", ""},
		{"S1_FDI_trial2_30percent.otb+_decomp.mat", "S1 FDI_30percent - - 2", ""},
		{"sub-01_ses-2_task-FDI30_run-01_emg.mat", "01 FDI_30percent 2 01 -", ""},
		{"sub-01_ses-2_task-FDI30_run-01_events.tsv", "01 FDI_30percent 2 01 -", ""},
		{"SUB-01_SES-2_TASK-fdi30_RUN-01_events.tsv", "01 FDI_30percent 2 01 -", ""},
		{"sub-01_task-FDI30percent_acq-trial3_run-2_events.tsv", "01 FDI_30percent - 2 3", ""},
		{"sub-01_task-TA12p5percent_run-01.mat", "01 TA_12.5percent - 01 -", ""},
		{"sub-01_task-isometric_acq-30percent_events.tsv", "01 isometric_30percent - - -", ""},
		{"S2_TA_MVC.mat", "S2 TA_100percent - - -", ""},
		{"S1_Legs_25percent_discharges.csv", "S1 Legs_25percent - - -", ""},
		{"S1_FDI_30.mat", "S1 FDI_30percent - - -", "taken as 30 % MVC"},
		{"S1_FDI30.mat", "S1 FDI_30percent - - -", "taken as 30 % MVC"},
		{"S1_FDI_30_1.mat", "S1 FDI - - -", "several numbers (30, 1)"},
		{"S1_FDI_ramp.mat", "S1 FDI - - -", "--intensity"},
		{"S1_FDI_trial2.mat", "S1 FDI - - 2", "--intensity"},
		{"S1_FDI_MVC_2.mat", "S1 FDI - - -", `"MVC_2" may be a trial`},
		{"S1_FDI_0percent.mat", "S1 FDI - - -", "0 % MVC"},
		{"S1_FDI_150percent.mat", "S1 FDI - - -", "150 % MVC"},
		{"S1_FDI_0.3MVC.mat", "S1 FDI - - -", "it is 30 %"},
		{"S1_FDI_10percent_to_40percent.mat", "S1 FDI - - -", "several intensities (10, 40 % MVC)"},
		{"S1_FDI_10to30percent.mat", "S1 FDI - - -", "range"},
		{"S1_FDI_30-40percent.mat", "S1 FDI - - -", "range"},
		{"S1_FDI_5 to 10 % MVC.mat", "S1 FDI - - -", "range"},
		{"S1-FDI-2-30percent.mat", "S1 FDI_30percent - - 2", ""},
		{"S1_FDI_trial2-30percent.mat", "S1 FDI_30percent - - 2", ""},
		{"S1_FDI_.5percent.mat", "S1 FDI - - -", "0.5 % MVC is hardly meant"},
		{"S1_FDI_2_5percent.mat", "S1 FDI_5percent - - 2", "if 2.5 % is meant"},
		{"S1_FDI_2_30percent.mat", "S1 FDI_30percent - - 2", ""},
		{"sub-01_task-rest_events.tsv", "01 rest - - -", "--intensity"},
		{"FDI_30percent.mat", "FDI_30percent FDI_30percent - - -", "no participant"},
		{"alone.mat", "alone - - - -", "--intensity"},
	} {
		n, doubts := Understand("folder/"+c[0], DefaultMuscleMap().Groups())
		got := []string{n.Subject, n.Condition, n.Session, n.Run, n.Trial}
		for i, s := range got {
			if s == "" {
				got[i] = "-"
			}
		}
		if g := strings.Join(got, " "); g != c[1] {
			t.Errorf("%s: %s, want %s", c[0], g, c[1])
		}
		if (len(doubts) == 0) != (c[2] == "") || len(doubts) > 0 &&
			!strings.Contains(doubts[0].Text, c[2]) {
			t.Errorf("%s: doubts %+v, want %q", c[0], doubts, c[2])
		}
		if fatal := slices.ContainsFunc(doubts,
			func(d Doubt) bool { return d.Fatal }); fatal != (n.IntensityMVC == 0) {
			t.Errorf("%s: fatal %v, intensity %v", c[0], fatal, n.IntensityMVC)
		}
	}
}

// The name of the file that convert writes keeps what tells recordings apart.
func TestRecordingsOfNames(t *testing.T) {
	for path, want := range map[string]string{
		"D1_Quadriceps_10percent (1).csv":             "D1_Quadriceps_10percent (1)",
		"S1_FDI_30percent.otb+_decomp.mat_edited.MAT": "S1_FDI_30percent.otb+_decomp_edited",
		"S1_TA_12.5percent.csv":                       "S1_TA_12.5percent",
		"S1_TA_12.5percent":                           "S1_TA_12.5percent",
		"sub-01_task-FDI30_run-01_emg.mat":            "sub-01_task-FDI30_run-01_emg",
	} {
		if got := ParseName(path).Recording; got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestNameWith(t *testing.T) {
	n := ParseName("odd name.mat").With("Fingers", 12.5)
	if n.Condition != "Fingers_12.5percent" || n.Group != "Fingers" || n.IntensityMVC != 12.5 {
		t.Errorf("%+v", n)
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
