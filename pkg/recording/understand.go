package recording

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Doubt is something that the name of a file leaves open, and the option that answers it.
type Doubt struct {
	About string // Subject, Group or Intensity
	Text  string // what cannot be told, and what to do
	Fatal bool   // the recording cannot be used without an answer
}

// What a Doubt can be about.
const (
	Subject   = "subject"
	Group     = "muscle group"
	Intensity = "intensity"
)

// ParseName is Understand with the muscle groups of the study, without the doubts.
func ParseName(path string) Name {
	n, _ := Understand(path, DefaultMuscleMap().Groups())
	return n
}

// Understand reads participant, muscle group, intensity, session, run and trial out of the name of
// a file, upper and lower case alike. groups are the known muscle groups.
// docs/howto/own-recordings.md has the rule: the parts of a name are separated by underscores,
// spaces or (where there are neither) hyphens; parts that say what they are (30percent, MVC30,
// 12.5%, trial2, run-01, ses-2, dates) may stand anywhere; of the others the first is the
// participant, and a known muscle group, otherwise the next, is the group. BIDS names,
// sub-<subject>_task-<group><intensity>, say it by their entities. Marks of copies and of MUedit's
// steps (_decomp, _edited) are passed over.
func Understand(path string, groups []string) (Name, []Doubt) {
	p := &nameParser{groups: groups, rest: withoutMarks(filepath.Base(path))}
	p.n.Recording = TrimExtension(matInside.ReplaceAllString(filepath.Base(path), ""))
	if bidsName.MatchString(p.rest) {
		p.bids(IsEvents(path), path)
	} else {
		p.date()
		p.counters()
		p.intensity()
		p.words()
	}
	if p.n.Subject == "" {
		p.n.Subject = p.n.Recording
		p.doubt(Subject, false, "no participant in the name: %q is taken; give the column subject "+
			"of --sessions", p.n.Subject)
	}
	p.n.Condition = condition(p.n.Group, p.n.IntensityMVC)
	p.n.Plateaus = plateausOf(p.n.Condition)
	return p.n, p.doubts
}

// nameParser takes parts out of rest and fills n.
type nameParser struct {
	groups []string
	rest   string // what is not understood yet; taken parts leave the sign taken
	n      Name
	doubts []Doubt
}

// taken stands where a part was taken out; it separates what stands around it.
const taken = "|"

func (p *nameParser) doubt(about string, fatal bool, format string, args ...any) {
	p.doubts = append(p.doubts, Doubt{about, fmt.Sprintf(format, args...), fatal})
}

// take replaces the match of group 1 of an expression by taken and returns the other groups.
func (p *nameParser) take(e *regexp.Regexp) []string {
	at := e.FindStringSubmatchIndex(p.rest)
	if at == nil {
		return nil
	}
	var out []string
	for k := 2; k < len(at); k += 2 {
		text := ""
		if at[k] >= 0 {
			text = p.rest[at[k]:at[k+1]]
		}
		out = append(out, text)
	}
	p.rest = p.rest[:at[2]] + taken + p.rest[at[3]:]
	return out
}

// Extensions of files of recordings, and what names carry besides what they mean.
var (
	extension = regexp.MustCompile(`(?i)\.(mat|csv|tsv|txt|npz|npy|json|nwb|h5|hdf5|pkl|xlsx|gz)$`)
	matInside = regexp.MustCompile(`(?i)\.mat`)
	marks     = regexp.MustCompile(`(?i)(\.otb\+|\.otb4?|_decomp(osed)?|_edited)$`)
	copyEnd   = regexp.MustCompile(
		`(?i)( *\(\d+\)|( - |[ _-])(copy|kopie|copie|copia)( *\(?\d+\)?)?)$`)
	copyStart = regexp.MustCompile(`(?i)^(copy( \(\d+\))? of|kopie von|copie de|copia de) `)
	bidsName  = regexp.MustCompile(`(?i)^sub-[a-z0-9]+_(.*_)?task-`)
)

// TrimExtension is a base name without the extension that files of recordings have.
func TrimExtension(base string) string { return extension.ReplaceAllString(base, "") }

// IsCopy reports whether a file is called a copy, as by browsers and file managers: "name (1)",
// "name - Copy", "Copy of name".
func IsCopy(path string) bool {
	stem := TrimExtension(filepath.Base(path))
	return copyEnd.MatchString(stem) || copyStart.MatchString(stem)
}

// withoutMarks is a base name without extensions, steps of MUedit and marks of copies.
func withoutMarks(base string) string {
	for {
		next := base
		for _, e := range []*regexp.Regexp{extension, marks, copyEnd, copyStart} {
			next = e.ReplaceAllString(next, "")
		}
		if next == base || next == "" {
			return base
		}
		base = next
	}
}

// Dates: year first, day first, and six digits.
var dates = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|\D)(((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01]))` +
		`(?:\D|$)`),
	regexp.MustCompile(`(?:^|\D)((?:0?[1-9]|[12]\d|3[01])[-.](?:0?[1-9]|1[0-2])[-.](?:19|20)\d\d)` +
		`(?:\D|$)`),
	regexp.MustCompile(`(?:^|\D)((?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])(?:19|20)\d\d)(?:\D|$)`),
	regexp.MustCompile(`(?:^|[_ |])(\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))(?:[_ |]|$)`),
}

// date takes the date of the recording, which names the session where nothing else does.
func (p *nameParser) date() {
	for _, e := range dates {
		if m := p.take(e); m != nil {
			p.n.Session = m[0]
			if len(m) == 4 {
				p.n.Session = strings.Join(m[1:], "-")
			}
			return
		}
	}
}

// counter is a word and a number that belong together: trial2, trial_2, trial-02.
func counter(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^a-z])((?:` + words + `)[-_ .#]?(\d+[a-z]?))(?:[^0-9a-z%]|$)`)
}

var (
	sessionCount = counter("ses|sess|session|visit|day")
	runCount     = counter("run")
	trialCount   = counter("trial|trl|rep|repetition|attempt|take|contraction")
	sessionWord  = regexp.MustCompile(`(?i)(?:^|[_ |-])((ses-[a-z0-9]+|(?:pre|post)\d*))(?:[_ |-]|$)`)
)

// counters takes session, run and trial.
func (p *nameParser) counters() {
	if m := p.take(sessionCount); m != nil {
		p.n.Session = m[1]
	} else if m := p.take(sessionWord); m != nil {
		p.n.Session = strings.TrimPrefix(strings.ToLower(m[1]), "ses-")
	}
	if m := p.take(runCount); m != nil {
		p.n.Run = m[1]
	}
	if m := p.take(trialCount); m != nil {
		p.n.Trial = m[1]
	}
}

// decimal is a number whose decimal sign may be a p, as in labels that allow letters only.
const decimal = `(\d+(?:[.,p]\d+)?)`

// Ways to write an intensity. Group 1 is what is taken, group 2 the number.
var (
	percentAfter = regexp.MustCompile(`(?i)(` + decimal +
		`[ _-]?(?:%|percent|perc|pct|prct|prozent)(?:[ _-]?(?:mvc|mvic|mvf|max))?)`)
	mvcAfter  = regexp.MustCompile(`(?i)(` + decimal + `[ _-]?(?:mvc|mvic|mvf))`)
	mvcBefore = regexp.MustCompile(`(?i)((?:mvc|mvic|mvf|percent|pct|intensity)[ _-]?` + decimal + `)`)
	// A range, as of a ramp: 10to30percent, and 10-30percent where hyphens separate nothing else.
	rangeOf = regexp.MustCompile(`(?i)(?:^|[_ |])((?:[1-9]\d?|100)[ _-]?(?:to|bis|-)[ _-]?` + decimal +
		`[ _-]?(?:%|percent|perc|pct|prct|prozent|mvc|mvic|mvf))`)
	// A decimal without its zero: .5percent.
	pointFirst = regexp.MustCompile(
		`(?i)(^|[_ -])[.,](\d+[ _-]?(?:%|percent|perc|pct|prct|prozent|mvc))`)
	mvcAlone = regexp.MustCompile(`(?i)(?:^|[_ |-])(mvc|mvic|mvf)(?:[_ |-]|$)`)
)

// fewPercent is the least number after MVC that is surely an intensity: MVC_2 may as well be the
// second maximal contraction.
const fewPercent = 5

// answer is how a user says which intensity it is.
const answer = "give --intensity PERCENT, or the column intensity of --sessions"

// intensity takes every number that is marked as one.
func (p *nameParser) intensity() {
	p.rest = pointFirst.ReplaceAllString(p.rest, "${1}0.$2")
	if m := rangeOf.FindStringSubmatch(p.rest); m != nil && strings.ContainsAny(p.rest, "_ ") {
		p.doubt(Intensity, true, "%q may be a range of intensities; %s", m[1], answer)
		return
	}
	var values []float64
	var texts []string
	for _, e := range []*regexp.Regexp{percentAfter, mvcAfter, mvcBefore} {
		for m := p.take(e); m != nil; m = p.take(e) {
			v := numberOf(m[1])
			if e == mvcBefore && v < fewPercent && strings.HasPrefix(strings.ToLower(m[0]), "m") {
				p.doubt(Intensity, true, "%q may be a trial or an intensity of %g %% MVC; %s", m[0], v, answer)
				return
			}
			if !slices.Contains(values, v) {
				values, texts = append(values, v), append(texts, fmt.Sprint(v))
			}
		}
	}
	switch {
	case len(values) > 1:
		p.doubt(Intensity, true, "the name has several intensities (%s %% MVC); %s",
			strings.Join(texts, ", "), answer)
	case len(values) == 1:
		p.accept(values[0])
	}
}

// accept takes an intensity (% MVC) if it is possible.
func (p *nameParser) accept(v float64) {
	if err := CheckIntensity(v); err != nil {
		p.doubt(Intensity, true, "the name says %v; %s", err, answer)
		return
	}
	if v < 1 {
		p.doubt(Intensity, true, "%g %% MVC is hardly meant: if it is a fraction of the maximum, it is "+
			"%g %%; %s", v, 100*v, answer)
		return
	}
	p.n.IntensityMVC = v
}

// CheckIntensity reports an intensity (% MVC) that is not above 0 and at most 100.
func CheckIntensity(percent float64) error {
	if !(percent > 0 && percent <= 100) {
		return fmt.Errorf("an intensity of %g %% MVC, which is not above 0 and at most 100", percent)
	}
	return nil
}

// numberOf is the value of decimal.
func numberOf(text string) float64 {
	v, _ := strconv.ParseFloat(strings.NewReplacer(",", ".", "p", ".", "P", ".").Replace(text), 64)
	return v
}

var (
	bare        = regexp.MustCompile(`^(?:[1-9]\d{0,2}(?:[.,p]\d+)?|0[.,p]\d+)$`)
	bareInteger = regexp.MustCompile(`^\d{1,3}$`)
	lettersThen = regexp.MustCompile(`(?i)^([a-z]+)[-]?` + decimal + `$`)
	separators  = regexp.MustCompile(`[_ |,;]+`)
)

// subjectWords announce a participant.
var subjectWords = []string{"subject", "subj", "sub", "participant", "pp", "vp"}

// fillers are words that name no muscle group unless nothing else does.
var fillers = []string{"ramp", "ramps", "trap", "trapezoid", "trapezoidal", "triangle",
	"triangular",
	"sine", "sinus", "sinusoidal", "iso", "isometric", "contraction", "sustained", "steady", "plateau",
	"hold", "force", "left", "right", "l", "r", "dom", "nondom", "test", "data", "rec", "recording",
	"emg", "hdemg", "semg", "mu", "mus", "discharges", "spikes", "task", "ses"}

// words reads the parts that do not say what they are.
func (p *nameParser) words() {
	words := p.split()
	if len(words) > 1 && slices.Contains(subjectWords, strings.ToLower(words[0])) {
		words = words[1:]
	}
	group := p.knownGroup(words)
	subject := 0
	if subject == group.first {
		subject = group.last + 1
	}
	var others []string
	for i, w := range words {
		switch {
		case i == subject:
			if k, v, ok := strings.Cut(w, "-"); ok && slices.Contains(subjectWords, strings.ToLower(k)) {
				w = v
			}
			p.n.Subject = w
		case i < group.first || i > group.last:
			others = append(others, w)
		}
	}
	p.n.Group = group.name
	if p.n.Group == "" {
		p.n.Group = firstGroup(others)
	}
	p.bareNumbers(group.number, others)
}

// split gives the parts of the rest, at hyphens where nothing else separates them.
func (p *nameParser) split() []string {
	var out []string
	for _, by := range []*regexp.Regexp{separators, regexp.MustCompile(`[_ |,;-]+`)} {
		out = nil
		for _, w := range by.Split(p.rest, -1) {
			if w = strings.Trim(w, "-.#()[]"); w != "" {
				out = append(out, w)
			}
		}
		if len(out) > 1 {
			break
		}
	}
	return out
}

// foundGroup is a known group in words first to last; number is what was written after it.
type foundGroup struct {
	first, last  int
	name, number string
}

// knownGroup finds a muscle group of the map, also in two words (Triceps_Surae) or with a number
// (FDI30). The first word is the participant, unless it is the only one that names a group.
func (p *nameParser) knownGroup(words []string) foundGroup {
	order := make([]int, len(words))
	for i := range order {
		order[i] = (i + 1) % len(words)
	}
	for _, i := range order {
		if g := p.canonical(words[i]); g != "" {
			return foundGroup{i, i, g, ""}
		}
	}
	for i := 1; i+1 < len(words); i++ {
		if g := p.canonical(words[i] + words[i+1]); g != "" {
			return foundGroup{i, i + 1, g, ""}
		}
	}
	for _, i := range order {
		if m := lettersThen.FindStringSubmatch(words[i]); m != nil && (i > 0 || len(words) == 1) {
			if g := p.canonical(m[1]); g != "" {
				return foundGroup{i, i, g, m[2]}
			}
		}
	}
	return foundGroup{-1, -1, "", ""}
}

// canonical is the spelling of a group in the map, "" if it is not there.
func (p *nameParser) canonical(word string) string {
	i := slices.IndexFunc(p.groups, func(g string) bool { return strings.EqualFold(g, word) })
	if i < 0 {
		return ""
	}
	return p.groups[i]
}

// firstGroup is the first word with letters that is no filler, else the first filler.
func firstGroup(words []string) string {
	filler := ""
	for _, w := range words {
		if !strings.ContainsFunc(w, func(r rune) bool { return r > '9' }) {
			continue
		}
		if !slices.Contains(fillers, strings.ToLower(strings.TrimRight(w, "0123456789"))) {
			return w
		}
		if filler == "" {
			filler = w
		}
	}
	return filler
}

// bareNumbers reads numbers without a word: the only one is the intensity where none was marked
// (with a warning), else the trial.
func (p *nameParser) bareNumbers(afterGroup string, words []string) {
	var candidates, integers []string
	for _, w := range append([]string{afterGroup}, words...) {
		if bare.MatchString(strings.ToLower(w)) {
			candidates = append(candidates, w)
		}
		if bareInteger.MatchString(w) {
			integers = append(integers, w)
		}
	}
	open := p.n.IntensityMVC == 0 &&
		!slices.ContainsFunc(p.doubts, func(d Doubt) bool { return d.About == Intensity })
	switch {
	case !open:
		if len(integers) == 1 && p.n.Trial == "" {
			p.n.Trial = integers[0]
			if v := p.n.IntensityMVC; v < 10 && strings.Contains(p.rest, integers[0]+"_"+taken) {
				p.doubt(Intensity, false, "%s_%gpercent is taken as trial %s at %g %% MVC; if %s.%g %% is "+
					"meant, write %sp%gpercent, or %s", integers[0], v, integers[0], v, integers[0], v,
					integers[0], v, answer)
			}
		}
	case len(candidates) == 1:
		p.accept(numberOf(candidates[0]))
		if p.n.IntensityMVC > 0 {
			p.doubt(Intensity, false, "the number %s in the name is taken as %g %% MVC; write %spercent, "+
				"or %s", candidates[0], p.n.IntensityMVC, candidates[0], answer)
		}
	case len(candidates) > 1:
		p.doubt(Intensity, true, "the name has several numbers (%s), and none is marked as the "+
			"intensity (30percent, 30MVC); %s", strings.Join(candidates, ", "), answer)
	case mvcAlone.MatchString(p.rest):
		p.n.IntensityMVC = 100
	default:
		p.doubt(Intensity, true, "no intensity in the name (as in 30percent, 30MVC, 30%%); %s", answer)
	}
}

// bids reads the entities of a BIDS name.
func (p *nameParser) bids(events bool, path string) {
	e := entities(p.rest)
	p.n.Subject, p.n.Session, p.n.Run, p.n.Trial = e.get("sub"), e.get("ses"), e.get("run"),
		e.get("trial")
	if m := trialCount.FindStringSubmatch(e.get("acq")); m != nil && p.n.Trial == "" {
		p.n.Trial = m[2] // as renshaw export bids writes it
	}
	if events {
		p.n.Recording = EntitiesOf(path).recording()
	}
	group, intensity, ok := taskOf(e.get("task"))
	if ok {
		p.n.Group = p.canonicalOr(group)
		p.accept(intensity)
		return
	}
	p.n.Group = p.canonicalOr(strings.TrimRight(e.get("task"), "0123456789"))
	p.rest = ""
	for _, kv := range e {
		if !slices.Contains([]string{"sub", "ses", "run", "trial"}, kv[0]) {
			p.rest += kv[1] + taken
		}
	}
	p.intensity()
	p.bareNumbers("", nil)
}

// canonicalOr is the spelling of a group in the map, or the group itself.
func (p *nameParser) canonicalOr(group string) string {
	if g := p.canonical(group); g != "" {
		return g
	}
	return group
}

// taskOf splits a task such as FDI30, TA12p5percent or MVC30 into group and intensity (% MVC).
func taskOf(task string) (group string, intensityMVC float64, ok bool) {
	for _, e := range []*regexp.Regexp{percentAfter, mvcAfter, mvcBefore} {
		if m := e.FindStringSubmatchIndex(task); m != nil {
			return task[:m[2]] + task[m[3]:], numberOf(task[m[4]:m[5]]), true
		}
	}
	if m := lettersThen.FindStringSubmatch(task); m != nil {
		return m[1], numberOf(m[2]), true
	}
	return task, 0, false
}
