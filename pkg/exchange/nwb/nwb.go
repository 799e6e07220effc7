// Package nwb reads and writes Neurodata Without Borders files (NWB 2): units with their
// spike times, force, plateaus and subject. pynwb, MatNWB and nwbinspector read them.
package nwb

import (
	"crypto/sha256"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"example.org/renshaw/pkg/exchange/motorunit"
	"example.org/renshaw/pkg/file/h5"
	"example.org/renshaw/pkg/run/version"
)

// schema is the version of the NWB schema that the layout follows.
const schema = "2.7.0"

// unknownStart is the start of a recording whose start is not known, in files that must have one.
var unknownStart = time.Date(1980, 1, 2, 0, 0, 0, 0, time.UTC)

// Options of Write.
type Options struct {
	Start       time.Time // of the recording; zero: unknown, written as 1980-01-02 and said so
	Institution string    // "" unknown
	// of the participant, an ISO 8601 duration (P30Y) or range (P18Y/P65Y); "" unknown
	Age     string
	Sex     string    // M, F, O or U; "": U (unknown)
	Created time.Time // of the file; zero: now
}

// Write writes a recording to path (….nwb).
func Write(path string, r *motorunit.Recording, opt Options) error {
	if err := opt.Check(); err != nil {
		return err
	}
	w, err := h5.Create(path)
	if err != nil {
		return err
	}
	defer w.Abort()
	if opt.Created.IsZero() {
		opt.Created = version.Date()
	}
	f := file{File: w, r: r}
	f.root(opt)
	f.general(opt)
	f.units()
	f.force()
	f.plateaus()
	return w.Commit()
}

type file struct {
	*h5.File
	r *motorunit.Recording
}

// typed marks an object as one of a neurodata type. Its identity follows from the source, so
// that the same recording gives the same file.
func (f file) typed(path, namespace, kind string) {
	f.Attr(path, "namespace", namespace)
	f.Attr(path, "neurodata_type", kind)
	f.Attr(path, "object_id", f.id(path))
}

func (f file) id(of string) string {
	b := sha256.Sum256([]byte(f.r.SHA256 + "\x00" + f.r.Name + "\x00" + of))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80 // version 8: made by a rule of our own
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

func (f file) root(opt Options) {
	f.typed("/", "core", "NWBFile")
	f.Attr("/", "nwb_version", schema)
	description := "motor units of " + f.r.Name
	start := opt.Start
	if start.IsZero() {
		start = unknownStart
		description += "; the start of the session is not known and stands as " +
			start.Format(time.DateOnly)
	}
	when := start.Format(time.RFC3339Nano)
	f.PutText("/session_description", description)
	f.PutText("/identifier", f.id("identifier"))
	f.PutText("/session_start_time", when)
	f.PutText("/timestamps_reference_time", when)
	f.PutStrings("/file_create_date", []string{opt.Created.Format(time.RFC3339Nano)})
	for _, g := range []string{"/acquisition", "/analysis", "/general", "/processing",
		"/stimulus/presentation", "/stimulus/templates"} {
		f.Group(g)
	}
}

func (f file) general(opt Options) {
	r := f.r
	what := "decomposed high-density EMG"
	if r.Simulated {
		what = "simulated motor neurons"
	}
	f.PutText("/general/experiment_description", strings.TrimSpace(what+" "+r.Condition))
	f.PutStrings("/general/keywords", append([]string{"motor unit", "spike train"}, r.Muscles()...))
	f.PutText("/general/data_collection", "converted by Renshaw "+version.String()+from(r))
	if r.Session != "" {
		f.PutText("/general/session_id", r.Session)
	}
	if opt.Institution != "" {
		f.PutText("/general/institution", opt.Institution)
	}
	f.subject(opt)
}

// subject writes the participant, which a file must have; what is not known is said to be so.
func (f file) subject(opt Options) {
	r := f.r
	id, description, age, sex := r.Subject, "participant", opt.Age, opt.Sex
	if id == "" {
		id = "unknown"
	}
	if r.Simulated {
		id, description = "simulated", "no participant: simulated motor neurons"
	}
	if age == "" {
		age = "P0D/"
		description += "; the age is not known, P0D/ excludes none"
	}
	if sex == "" {
		sex = "U"
	}
	f.Group("/general/subject")
	f.typed("/general/subject", "core", "Subject")
	f.PutText("/general/subject/subject_id", id)
	f.PutText("/general/subject/description", description)
	f.PutText("/general/subject/species", "Homo sapiens")
	f.PutText("/general/subject/age", age)
	f.Attr("/general/subject/age", "reference", "birth")
	f.PutText("/general/subject/sex", sex)
}

func from(r *motorunit.Recording) string {
	if r.Source == "" {
		return ""
	}
	return fmt.Sprintf(" from %s (SHA-256 %s), profile %s", r.Source, r.SHA256, r.Profile)
}

// table writes a dynamic table's group; columns follow.
func (f file) table(path, kind, description string, rows []int64, columns ...string) {
	f.Group(path)
	f.typed(path, "core", kind)
	f.Attr(path, "description", description)
	f.Attr(path, "colnames", columns)
	f.PutInt64s(path+"/id", rows)
	f.typed(path+"/id", "hdmf-common", "ElementIdentifiers")
}

// column marks a dataset as a column of a table.
func (f file) column(path, description string) {
	f.typed(path, "hdmf-common", "VectorData")
	f.Attr(path, "description", description)
}

// units writes the table of units. The number of a unit is its number in the source.
func (f file) units() {
	const at = "/units"
	units := f.r.Units
	n := len(units)
	ids, ends := make([]int64, n), make([]uint64, n)
	names, muscles := make([]string, n), make([]string, n)
	grids, inGrid := make([]int64, n), make([]int64, n)
	var spikes []float64
	for i, u := range units {
		spikes = append(spikes, u.SpikesS...)
		ids[i], ends[i] = int64(u.ID), uint64(len(spikes))
		names[i], muscles[i], grids[i], inGrid[i] = u.Name, u.Muscle, int64(u.Grid), int64(u.InGrid)
	}
	columns := []string{"spike_times", "unit_name", "muscle", "electrode_grid", "unit_in_grid"}
	for _, p := range f.r.Properties {
		columns = append(columns, p.Name)
	}
	quality := f.quality()
	for _, q := range quality {
		columns = append(columns, q.name)
	}
	f.table(at, "Units", "motor units", ids, columns...)
	f.PutFloat64s(at+"/spike_times", spikes)
	f.column(at+"/spike_times", "discharge times from the start of the recording, s")
	f.Attr(at+"/spike_times", "resolution", 1/f.r.FsHz)
	f.PutUint64s(at+"/spike_times_index", ends)
	f.typed(at+"/spike_times_index", "hdmf-common", "VectorIndex")
	f.Attr(at+"/spike_times_index", "description", "end of each unit's discharges in spike_times")
	f.Attr(at+"/spike_times_index", "target", h5.Ref(at+"/spike_times"))
	f.PutStrings(at+"/unit_name", names)
	f.column(at+"/unit_name", "name of the unit in the source")
	f.PutStrings(at+"/muscle", muscles)
	f.column(at+"/muscle", "muscle of the unit")
	f.PutInt64s(at+"/electrode_grid", grids)
	f.column(at+"/electrode_grid", "electrode grid, from 0; -1 unknown")
	f.PutInt64s(at+"/unit_in_grid", inGrid)
	f.column(at+"/unit_in_grid", "place in the grid, from 0; -1 unknown")
	for _, p := range f.r.Properties {
		f.property(at+"/"+p.Name, p)
	}
	for _, q := range quality {
		f.PutFloat64s(at+"/"+q.name, q.values)
		f.column(at+"/"+q.name, q.description)
	}
}

// quality lists the measures of the decomposition that at least one unit has; NaN where one has
// none.
func (f file) quality() []measure {
	var out []measure
	for _, m := range []measure{
		{name: pulseToNoise, of: func(u motorunit.Unit) float64 { return u.PNRdB },
			description: "pulse-to-noise ratio of the decomposition, dB"},
		{name: silhouette, of: func(u motorunit.Unit) float64 { return u.Silhouette },
			description: "silhouette of the source of the decomposition, 0 to 1"},
	} {
		known := false
		for _, u := range f.r.Units {
			v := m.of(u)
			if known = known || v != 0; v == 0 {
				v = math.NaN()
			}
			m.values = append(m.values, v)
		}
		if known {
			out = append(out, m)
		}
	}
	return out
}

// measure is a column of the table of units.
type measure struct {
	name, description string
	of                func(motorunit.Unit) float64
	values            []float64
}

// Names of the columns of the quality of a decomposition.
const pulseToNoise, silhouette = "pulse_to_noise_db", "silhouette"

func (f file) property(path string, p motorunit.Property) {
	var flat []float64
	for _, u := range f.r.Units {
		flat = append(flat, u.Property[p.Name]...)
	}
	n := len(f.r.Units)
	f.PutFloat64s(path, flat, n, len(flat)/n)
	f.column(path, p.Meaning+", "+p.Unit)
}

// force writes the force as a processed series.
func (f file) force() {
	if f.r.Force == nil {
		return
	}
	const module = "/processing/behavior"
	f.Group(module)
	f.typed(module, "core", "ProcessingModule")
	f.Attr(module, "description", "force of the contraction")
	const at = module + "/force"
	f.Group(at)
	f.typed(at, "core", "TimeSeries")
	f.Attr(at, "description", "force, detrended, in percent of maximal voluntary contraction")
	f.Attr(at, "comments", "scaled and oriented by renshaw convert")
	f.PutCompressed(at+"/data", f.r.Force.PercentMVC)
	f.Attr(at+"/data", "unit", "percent of maximal voluntary contraction")
	f.Attr(at+"/data", "conversion", 1.0)
	f.Attr(at+"/data", "offset", 0.0)
	f.Attr(at+"/data", "resolution", -1.0)
	f.PutScalar(at+"/starting_time", 0)
	f.Attr(at+"/starting_time", "rate", f.r.Force.FsHz)
	f.Attr(at+"/starting_time", "unit", "seconds")
}

// plateaus writes the plateaus of the force as intervals.
func (f file) plateaus() {
	if f.r.Force == nil || len(f.r.Force.Plateaus) == 0 {
		return
	}
	const at = "/intervals/plateaus"
	var start, stop []float64
	var ids []int64
	for i, p := range f.r.Force.Plateaus {
		ids = append(ids, int64(i))
		start = append(start, float64(p.Start)/f.r.FsHz)
		stop = append(stop, float64(p.Stop)/f.r.FsHz)
	}
	f.table(at, "TimeIntervals", "plateaus of the force", ids, "start_time", "stop_time")
	f.PutFloat64s(at+"/start_time", start)
	f.column(at+"/start_time", "start of the plateau, s")
	f.PutFloat64s(at+"/stop_time", stop)
	f.column(at+"/stop_time", "end of the plateau, s")
}

// ParseStart reads the start of a session: RFC 3339, or a date and time without a zone, which is
// then UTC.
func ParseStart(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04",
		"2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf(
		"%q is not a time; expected, for example, 2026-03-01T14:30:00+01:00", text)
}

var age = regexp.MustCompile(`^P(\d+(\.\d+)?[YMWD])+(/(P(\d+(\.\d+)?[YMWD])+)?)?$`)

// Check reports an age or sex that NWB does not know.
func (o Options) Check() error {
	if o.Age != "" && !age.MatchString(o.Age) {
		return fmt.Errorf("age %q; an ISO 8601 duration such as P30Y, or a range P18Y/P65Y, is expected",
			o.Age)
	}
	if o.Sex != "" && !slices.Contains([]string{"M", "F", "O", "U"}, o.Sex) {
		return fmt.Errorf("sex %q; M, F, O or U (unknown) is expected", o.Sex)
	}
	return nil
}
