# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of listening and speaking, against CTranslate2 and ONNX runtime with the same weights."""

import csv
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
import wave

from racing.chat import CONTEXT, QWEN, need
from racing.runner import Pair, Row, environment

CT2 = "CTranslate2 int8"
ONNX = "ONNX runtime"
# Whisper base: 87.4 GFLOP a window; a token reads 48.5 M weights and 9.2 M half floats of keys.
ENCODER_OPS = 87.4e9
DECODER_BYTES = 48.5e6 + 2 * 9.2e6
PAUSE_S = 0.4
LENGTHS = (30, 60, 120, 300, 600)
PHONEMES = ("ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˌOvəɹ ðə lˈAzi dˈɔɡ, ænd ðɛn ɪt ɹˈʌnz əwˈA "
            "ˈɪntu ðə wˈʊdz, wˌɛɹ nˈObədi wɪl ˈɛvəɹ fˈInd ɪt.")
QUESTION = "What is said about the people in this recording?"


class Clips:
    """Recordings of a given length, made of utterances one after the other."""

    def __init__(self, race):
        self.folder = tempfile.TemporaryDirectory(prefix="hearsay-peers-")
        self.race, self.made = race, {}
        with open(os.path.join(race.options.data, "manifest.tsv"), encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            self.rows = [row for row in rows if row["path"].startswith(race.options.match)]

    def _samples(self, row):
        path = os.path.join(self.race.options.data, row["path"])
        code = ("import soundfile, sys; samples, rate = soundfile.read(sys.argv[1], dtype='int16');"
                "assert rate == 16000 and samples.ndim == 1;"
                "sys.stdout.buffer.write(samples.tobytes())")
        command = [self.race.peers.python("sound"), "-c", code, path]
        return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout

    def get(self, seconds):
        """A path of 16 kHz WAV, and what is said in it."""
        if seconds not in self.made:
            path, sound, said = os.path.join(self.folder.name, "%d.wav" % seconds), b"", []
            wanted, index = 32000 * seconds, 0
            while len(sound) < wanted:
                row = self.rows[index % len(self.rows)]
                sound += self._samples(row) + bytes(2 * int(16000 * PAUSE_S))
                said.append(row["text"])
                index += 1
            with wave.open(path, "wb") as file:
                file.setparams((1, 2, 16000, 0, "NONE", ""))
                file.writeframes(sound)
            self.made[seconds] = path, " ".join(said), len(sound) / 32000
        return self.made[seconds]


def words_of(text):
    return re.sub(r"[^a-z' ]", " ", text.lower().replace("-", " ")).replace("'", "").split()


def error_rate(text, said):
    """Words that are wrong, missing or too many, in percent of those said."""
    a, b = words_of(text), words_of(said)
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(last + (x != y), row[j] + 1, row[j + 1] + 1)
    return 100 * row[-1] / max(len(b), 1)


def errors(ours, theirs, said):
    return "words wrong %.1f / %.1f %%" % (error_rate(ours, said), error_rate(theirs, said))


def listen(race, limits, clips):
    path, said, seconds = clips.get(60)
    whisper, vad = need(race, "whisper-base"), need(race, "silero-vad")
    with Pair(race.ours("listen", whisper, vad),
              race.theirs("listen", race.weights.whisper())) as pair:
        pair.both("load " + path)
        pair.both("mel")
        times, _, _ = pair.race("encode", race.rounds)
        limit = 1000 * ENCODER_OPS / (limits["bf16"] or limits["fp32"])
        yield Row("Whisper base encoder, 30 s", CT2, 3.0, times, limit_ms=limit, peaks=pair.peaks())
        times, _, _ = pair.race("decode 96", race.rounds)
        limit = 1000 * DECODER_BYTES / limits["read"]
        yield Row("Whisper base decoder, a token", CT2, 2.0, times, limit_ms=limit,
                  peaks=pair.peaks())
        times, ours, theirs = pair.race("transcribe 5", race.rounds)
        yield Row("Whisper base, %d s, beam 5" % seconds, CT2, 2.0, times, peaks=pair.peaks(),
                  output=errors(ours, theirs, said))


def mel(race, limits, clips):
    path, _, _ = clips.get(60)
    whisper, vad = need(race, "whisper-base"), need(race, "silero-vad")
    with Pair(race.ours("listen", whisper, vad, threads=1),
              race.theirs("listen", race.weights.whisper(), threads=1)) as pair:
        pair.both("load " + path)
        times, _, _ = pair.race("mel", 4 * race.rounds)
    row = Row("log-mel of 30 s, one thread", "faster-whisper", None, times)
    best = min(ours for ours, _ in times)
    row.output = "goal below 2.5 ms; the best turn %.2f ms" % best
    yield row


def run_hearsay(race, arguments, cache=None):
    """Milliseconds and peak of a whole process, and what it printed. cache: a folder that the
    processes share; recordings are never kept in it."""
    with tempfile.TemporaryDirectory(prefix="hearsay-peers-") as folder:
        variables = environment()
        variables.update(HEARSAY_MODELS=str(race.weights.store), XDG_DATA_HOME=folder,
                         XDG_CACHE_HOME=cache or folder)
        with open(os.path.join(folder, "out"), "w+b") as out:
            start = time.perf_counter()
            process = subprocess.Popen(
                [race.build / "app/hearsay", *arguments, "--no-cache", "--quiet", "--json",
                 "--threads", str(race.threads)], stdout=out, stderr=subprocess.DEVNULL,
                env=variables)
            _, status, usage = os.wait4(process.pid, 0)
            ms = 1000 * (time.perf_counter() - start)
            if race.options.cpu_clock:
                ms = 1000 * (usage.ru_utime + usage.ru_stime)
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode != 0:
                raise RuntimeError("hearsay %s ended with %d" % (arguments[0], process.returncode))
            out.seek(0)
            return ms, usage.ru_maxrss / 1024, json.loads(out.read())


def run_listener(race, path, beam):
    worker = race.theirs("listen", race.weights.whisper())
    ms, text = worker.do("whole %s %d" % (path, beam))
    peak = worker.peak_mib()
    worker.close()
    return ms, peak, text


def whole(race, limits, clips, seconds, goal):
    """A new process each time, greedy; the peer's time begins when its libraries are loaded."""
    path, said, exact = clips.get(seconds)
    need(race, "whisper-base")
    times, peaks = [], (0, 0)
    for number in range(race.rounds + (seconds <= 60)):
        ours, our_peak, document = run_hearsay(
            race, ["transcribe", "--language", "en", "--beam", "1", path])
        theirs, their_peak, their_text = run_listener(race, path, 1)
        peaks = max(peaks[0], our_peak), max(peaks[1], their_peak)
        if number > 0 or seconds > 60:
            times.append((ours, theirs))
    our_text = " ".join(segment["text"] for segment in document["segments"])
    yield Row("Whisper base, %d s, whole process" % exact, CT2, goal, times, peaks=peaks,
              output=errors(our_text, their_text, said))


def length(race, limits, clips):
    """Whether time grows with the length, and memory does not: whole processes, greedy."""
    times, peaks = {"Hearsay": []}, {"Hearsay": []}
    need(race, "whisper-base")
    for seconds in LENGTHS:
        path, _, exact = clips.get(seconds)
        runs = [run_hearsay(race, ["transcribe", "--language", "en", "--beam", "1", path])[:2]
                for _ in range(max(1, race.rounds // 2))]
        ms = statistics.median(run[0] for run in runs)
        peak = max(run[1] for run in runs)
        times["Hearsay"].append((exact / 60, ms / 1000))
        peaks["Hearsay"].append((exact / 60, peak))
        yield Row("Whisper base, %d s, a second of sound" % exact, "none", None, [(ms, None)],
                  "ms", exact, peaks=(peak, None))
    race.plot("length", "Whisper base, greedy: time over length, %s" % race.thread_words(),
              "minutes of speech", "s", times)
    race.plot("length-memory", "Whisper base, greedy: memory over length", "minutes of speech",
              "MiB", peaks)


def ask(race, limits, clips):
    """A question about a minute, from the file to the answer, against one peer after the other.
    Ours also tells who speaks and how, and finds the lines that the answer rests on. The first run
    of ours, not counted, keeps what the model makes of the program's own instructions."""
    path, _, exact = clips.get(60)
    model, times, peaks, lengths = need(race, QWEN), [], (0, 0), []
    question = ["ask", "--language", "en", "--max-tokens", "64", path, QUESTION]
    cache = os.path.join(clips.folder.name, "cache")
    run_hearsay(race, question, cache)
    for _ in range(race.rounds):
        ours, our_peak, _ = run_hearsay(race, question, cache)
        listened, first_peak, text = run_listener(race, path, 5)
        worker = race.theirs("chat", model, CONTEXT)
        prompt = ("<|im_start|>system\nAnswer the question about this transcript.<|im_end|>\n"
                  "<|im_start|>user\n%s\n\n%s<|im_end|>\n<|im_start|>assistant\n"
                  % (text.strip(), QUESTION))
        answered, length = worker.do("answer 64 " + json.dumps(prompt))
        peaks = max(peaks[0], our_peak), max(peaks[1], first_peak, worker.peak_mib())
        worker.close()
        lengths.append(length)
        times.append((ours, listened + answered))
    yield Row("ask about %d s, end to end" % exact, "faster-whisper, then llama.cpp", 2.0, times,
              peaks=peaks, output="the peer's prompt and answer: %s tokens" % lengths[-1])


def vad(race, limits, clips):
    path, _, _ = clips.get(60)
    with Pair(race.ours("vad", need(race, "silero-vad")),
              race.theirs("vad", race.weights.silero())) as pair:
        pair.both("load " + path)
        times, ours, theirs = pair.race("run", race.rounds)
        yield Row("silero, 60 s", ONNX, 3.0, times, peaks=pair.peaks(),
                  output="sums of probabilities %s / %s" % (ours, theirs))


def speaker(race, limits, clips):
    path, _, _ = clips.get(60)
    model = need(race, "ge2e-speaker")
    with Pair(race.ours("speaker", model), race.theirs("speaker", model)) as pair:
        pair.both("load " + path)
        times, _, _ = pair.race("run", race.rounds)
        yield Row("GE2E, 60 s", ONNX, 3.0, times, peaks=pair.peaks(),
                  output="the peer without its features")


def speak(race, limits, clips):
    models = need(race, "kokoro-82m-v1.0"), need(race, "kokoro-voices")
    with Pair(race.ours("speak", *models), race.theirs("speak", race.weights.kokoro())) as pair:
        _, symbols = pair.ours.do("symbols " + PHONEMES)
        pair.theirs.do("symbols " + symbols)
        times, ours, theirs = pair.race("speak " + PHONEMES, race.rounds)
        seconds = statistics.mean((float(ours), float(theirs)))
        yield Row("Kokoro, a second of sound", ONNX, 3.0, times, "ms", seconds, peaks=pair.peaks(),
                  output="%s / %s s of sound" % (ours, theirs))
