package summary

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"example.org/renshaw/pkg/analysis/anafile"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/file/table"
	"example.org/renshaw/pkg/recording"
	"example.org/renshaw/pkg/recording/recfile"
	"example.org/renshaw/pkg/run/job"
)

// Files lists the analyses below a folder, of simulations or of experiments.
func Files(dir string, simulation bool) ([]string, error) {
	if simulation {
		return SimulationFiles(dir, "")
	}
	return find(dir, "<recording>"+analysisSuffix+".h5", func(path, base string) bool {
		return strings.Contains(base, analysisSuffix) && isExperiment(path)
	})
}

// SimulationFiles lists the analyses of simulations below a folder; suffix is their
// analysis_output_name, "" for none.
func SimulationFiles(dir, suffix string) ([]string, error) {
	name := "analysis_output.h5"
	if suffix != "" {
		name = "analysis_output_" + suffix + ".h5"
	}
	pack := strings.TrimSuffix(name, ".h5") + "_"
	found, err := find(dir, name, func(_, base string) bool {
		before, _, _, ok := recfile.ParseShard(base)
		return base == name || ok && before == pack
	})
	if err != nil {
		return nil, err
	}
	var files []string
	for _, path := range found {
		if filepath.Base(path) == name {
			files = append(files, path)
			continue
		}
		parts, err := h5.Addresses(path, name)
		if err != nil {
			return nil, err
		}
		files = append(files, parts...)
	}
	return files, nil
}

func find(dir, what string, keep func(path, base string) bool) ([]string, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	files, err := job.Find(dir, func(path string) bool {
		base := filepath.Base(path)
		return strings.HasSuffix(base, ".h5") && !strings.Contains(base, "parameters") && keep(path, base)
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("%s: no %s was found below it; run renshaw analyze first", dir, what)
	}
	return files, err
}

func isExperiment(path string) bool {
	a, err := anafile.ReadAnalysisHeader(path)
	return err != nil || !a.Simulation // a damaged file is reported when it is read
}

// FindProperties looks for MU_properties_ALL.csv in dir, then in the folders above,
// then beside the recordings that were analysed; "" if there is none.
func FindProperties(dir string, analyses []string) string {
	if path := findAbove(dir); path != "" {
		return path
	}
	for _, f := range analyses {
		// a damaged file is reported when it is read
		if a, err := anafile.ReadAnalysisHeader(f); err == nil && a.SourcePath != "" {
			return findAbove(filepath.Dir(a.SourcePath))
		}
	}
	return ""
}

func findAbove(dir string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for {
		path := filepath.Join(dir, recording.PropertiesName)
		if _, err := os.Stat(path); err == nil {
			return path
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

func stem(path string) string { return strings.TrimSuffix(path, filepath.Ext(path)) }

// Write writes TABLE.csv (reorganized and filtered), TABLE_RAW.csv,
// TABLE_exclusions.csv and TABLE.columns.json, together; it returns their names.
func (res *ExperimentResult) Write(path string) ([]string, error) { return together(path, res.Put) }

// Put writes the same one by one: into the stage of a job.
func (res *ExperimentResult) Put(path string) ([]string, error) {
	s := stem(path)
	out := []string{path, s + "_RAW.csv", s + "_exclusions.csv", s + ".columns.json"}
	for i, t := range []*table.Table{res.Final, res.Raw, res.ExclusionTable()} {
		if err := t.Write(out[i]); err != nil {
			return nil, err
		}
	}
	return out, table.WriteDictionary(out[3], documented(res.columns))
}

// Write writes TABLE.csv, TABLE.columns.json and, where coherence was analysed,
// TABLE_coherence.csv, together; it returns their names.
func (res *SimulationResult) Write(path string) ([]string, error) { return together(path, res.Put) }

// Put writes the same one by one: into the stage of a job.
func (res *SimulationResult) Put(path string) ([]string, error) {
	out := []string{path, stem(path) + ".columns.json"}
	if err := res.Table.Write(path); err != nil {
		return nil, err
	}
	if res.Curves != nil {
		out = append(out, stem(path)+"_coherence.csv")
		if err := res.Curves.Write(out[2]); err != nil {
			return nil, err
		}
	}
	return out, table.WriteDictionary(out[1], res.Columns)
}

// together has the files of a table, which put writes beside its path, appear at the same time.
func together(path string, put func(path string) ([]string, error)) ([]string, error) {
	dir, name := filepath.Dir(path), filepath.Base(path)
	j, err := job.Open(dir, job.Options{Command: "summarize",
		Line: "renshaw summarize -o " + path, Set: name})
	if err != nil {
		return nil, err
	}
	defer j.Close()
	names, err := put(j.Stage(name))
	if err != nil {
		return nil, err
	}
	for i, n := range names {
		names[i] = stem(path) + strings.TrimPrefix(n, stem(j.Stage(name)))
	}
	return names, j.Commit()
}
