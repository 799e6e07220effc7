package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/renshaw/internal/testdata"
	"example.org/renshaw/pkg/analysis"
	"example.org/renshaw/pkg/file/config"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/run/profile"
	"example.org/renshaw/pkg/simulation/motorpool"
)

func page(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(testdata.Root(), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// members lists every dataset and every attribute of a file.
func members(t *testing.T, f *h5.File, path string) (datasets, attributes []string) {
	t.Helper()
	attributes = f.Attrs(path)
	info, err := f.Stat(path)
	if path != "/" && err == nil && info.Kind == h5.Dataset {
		return []string{path}, attributes
	}
	names, err := f.List(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		d, a := members(t, f, strings.TrimSuffix(path, "/")+"/"+n)
		datasets, attributes = append(datasets, d...), append(attributes, a...)
	}
	return datasets, attributes
}

// The pages of the file formats name everything that the writers write.
func TestFormatPagesAreInStep(t *testing.T) {
	dir := t.TempDir()
	convertExample(t, dir)
	if o := renshaw(t, "analyze", dir, "--config", oneDirection(t)); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	batchFile := writeFile(t, filepath.Join(dir, "b.yaml"), smallBatch)
	if o := renshaw(t, "simulate", batchFile, "-o", dir, "--n", "1"); o.code != 0 {
		t.Fatalf("%+v", o)
	}
	number := regexp.MustCompile(`_\d+$`)
	for file, name := range map[string]string{"T1_Fingers_10percent.h5": "formats/recording.md",
		"T1_Fingers_10percent_cross_histogram_analysis_output.h5": "formats/analysis.md",
		"simulation_output_0/simulation_output.h5":                "formats/simulation.md"} {
		f, err := h5.Open(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		text := page(t, name)
		datasets, attributes := members(t, f, "/")
		for _, d := range datasets {
			last := number.ReplaceAllString(d[strings.LastIndexByte(d, '/')+1:], "_<i>")
			group := d[:strings.LastIndexByte(d, '/')]
			named := strings.Contains(text, last) || strings.Contains(group, "/features") ||
				strings.Contains(group, "idx_of_MN_by_pool")
			if !named || !strings.Contains(text, strings.SplitN(group, "/", 3)[1]) {
				t.Errorf("%s does not describe %s", name, d)
			}
		}
		for _, a := range attributes {
			if !strings.Contains(text, a) && !slices.Contains(motorpool.ParameterNames(), a) &&
				!strings.HasPrefix(a, "total_nb") && !strings.HasPrefix(a, "duration_with") &&
				a != "common_input_characteristics" {
				t.Errorf("%s does not describe the attribute %s", name, a)
			}
		}
	}
	for _, c := range []string{"MU_properties_ALL.csv", "force_variability_by_plateau.csv"} {
		if _, err := table.Read(filepath.Join(dir, c)); err != nil ||
			!strings.Contains(page(t, "formats/tables.md"), c) {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestOptionAndProfilePagesAreInStep(t *testing.T) {
	text := page(t, "formats/analysis.md")
	for _, k := range config.Keys(analysis.Params{}) {
		if !strings.Contains(text, k) && !strings.HasSuffix(k, "_output_figures") {
			t.Errorf("formats/analysis.md does not describe the option %s", k)
		}
	}
	text = page(t, "profiles.md")
	for _, s := range profile.Names() {
		if !strings.Contains(text, "`"+s+"`") {
			t.Errorf("profiles.md does not describe %s", s)
		}
	}
}

// The names of arrays that an archive may have are a list in the reader.
func TestArchivePageIsInStep(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(testdata.Root(), "pkg/exchange/npztrains/npztrains.go"))
	if err != nil {
		t.Fatal(err)
	}
	text := page(t, "formats/npz.md")
	lists := regexp.MustCompile(`\w+Names += \[\]string\{([^}]*)\}`).FindAllStringSubmatch(
		string(source), -1)
	if len(lists) < 10 {
		t.Fatalf("found %d lists of names", len(lists))
	}
	for _, l := range lists {
		for _, name := range strings.Split(l[1], ",") {
			if name = strings.Trim(name, "\" \t\n"); !strings.Contains(text, "`"+name+"`") {
				t.Errorf("formats/npz.md does not name %s", name)
			}
		}
	}
}
