# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers' side of a race (tools/peers): a process that keeps one model and is told what to do.

    python peer.py THREADS KIND ARGUMENT...

It understands the same lines as tools/race.c and answers each by one, milliseconds first. It runs
with the Python of the peers' own environment and imports nothing of the tree. "ready" is said when
the libraries are loaded, so that the time which Python takes to start is not the peer's; what was
resident before they were loaded is taken off its peak of memory, too.

KIND: chat MODEL.gguf CONTEXT, listen FOLDER, vad MODEL.onnx, speaker MODEL.gguf, speak MODEL.onnx,
quantize, versions.
"""

import ctypes
import json
import os
import resource
import sys
import time
import types


def resident_kib():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() // 1024


CLOCK = time.process_time if os.environ.get("RACE_CLOCK") == "cpu" else time.perf_counter


class Timer:
    def __init__(self):
        self.start = CLOCK()

    def ms(self):
        return 1000 * (CLOCK() - self.start)


class Chat:
    def __init__(self, threads, path, context):
        import llama_cpp

        self.threads, self.path, self.n_context = threads, path, int(context)
        self.lib = llama_cpp
        self.model = self.context = self.depth = None
        self.silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.silent, None)

    def open(self):
        self.lib.llama_backend_init()
        options = self.lib.llama_model_default_params()
        self.model = self.lib.llama_model_load_from_file(self.path.encode(), options)
        options = self.lib.llama_context_default_params()
        options.n_ctx = options.n_batch = self.n_context
        options.n_threads = options.n_threads_batch = self.threads
        self.context = self.lib.llama_init_from_model(self.model, options)
        if not self.context:
            sys.exit("peer: llama.cpp cannot load " + self.path)
        self.vocab = self.lib.llama_model_get_vocab(self.model)
        self.n_vocab = self.lib.llama_vocab_n_tokens(self.vocab)

    def close(self):
        if self.context:
            self.lib.llama_free(self.context)
            self.lib.llama_model_free(self.model)

    def decode(self, ids):
        tokens = (self.lib.llama_token * len(ids))(*ids)
        batch = self.lib.llama_batch_get_one(tokens, len(ids))
        if self.lib.llama_decode(self.context, batch) != 0:
            sys.exit("peer: llama.cpp cannot decode %d tokens" % len(ids))

    def best(self):
        import numpy

        logits = self.lib.llama_get_logits_ith(self.context, -1)
        return int(numpy.ctypeslib.as_array(logits, shape=(self.n_vocab,)).argmax())

    def write_after(self, depth, n):
        """The tokens before are read once, and kept from round to round."""
        if self.depth == depth:
            memory = self.lib.llama_get_memory(self.context)
            self.lib.llama_memory_seq_rm(memory, 0, depth, -1)
        else:
            self.read(depth, 1)
            self.depth, self.first = depth, self.best()
        timer, ids = Timer(), [self.first]
        self.decode(ids)
        while len(ids) < n:
            ids.append(self.best())
            self.decode(ids[-1:])
        self.best()
        return ids, timer

    def read(self, n, seed):
        self.depth = None
        self.lib.llama_memory_clear(self.lib.llama_get_memory(self.context), True)
        self.decode([(1000 + (seed * 7 + i * 13) % 10000) % self.n_vocab for i in range(n)])

    def answer(self, n, text):
        data = text.encode()
        tokens = (self.lib.llama_token * (len(data) + 8))()
        n_tokens = self.lib.llama_tokenize(self.vocab, data, len(data), tokens, len(tokens), False,
                                           True)
        self.lib.llama_memory_clear(self.lib.llama_get_memory(self.context), True)
        self.decode(tokens[:n_tokens])
        ids = []
        while len(ids) < n:
            token = self.best()
            if self.lib.llama_vocab_is_eog(self.vocab, token):
                break
            ids.append(token)
            self.decode([token])
        return "%d %d" % (n_tokens, len(ids))

    def do(self, command, words):
        timer = Timer()
        if command == "start":
            self.close()
            self.open()
            self.read(16, 1)
            self.best()
            return timer.ms(), ""
        if not self.context:
            self.open()
        if command == "answer":  # with the loading of the model
            rest = self.answer(int(words[0]), json.loads(" ".join(words[1:])))
            return timer.ms(), rest
        timer = Timer()
        if command == "generate":
            ids, timer = self.write_after(max(int(words[0]), 1), int(words[1]))
            return timer.ms(), " ".join(map(str, ids))
        self.read(int(words[0]), int(words[1]))
        # llama_decode() may return before the work is done; the logits cannot be read before.
        self.best()
        return timer.ms(), ""


class Listen:
    def __init__(self, threads, folder):
        import ctranslate2
        import numpy

        # Files are read below; the library that does it for the peer is not needed.
        sys.modules.setdefault("av", types.ModuleType("av"))
        import faster_whisper

        self.threads, self.folder, self.model = threads, folder, None
        self.np, self.ct2, self.fw = numpy, ctranslate2, faster_whisper

    def open(self):
        if self.model is None:
            self.model = self.fw.WhisperModel(
                self.folder, device="cpu", compute_type="int8", cpu_threads=self.threads)

    def load(self, path):
        import wave

        with wave.open(path) as file:
            raw = file.readframes(file.getnframes())
        self.samples = self.np.frombuffer(raw, self.np.int16).astype(self.np.float32) / 32768

    def transcribe(self, beam):
        segments, _ = self.model.transcribe(
            self.samples, language="en", beam_size=beam, condition_on_previous_text=False)
        return "".join(segment.text for segment in segments).replace("\n", " ")

    def generate(self, n):
        self.model.model.generate(
            self.encoded, [[50258, 50259, 50359, 50363]], beam_size=1, max_length=n + 4,
            suppress_tokens=[-1, 50257], suppress_blank=False)

    def do(self, command, words):
        if command == "load":
            self.load(words[0])
            return 0, ""
        if command == "whole":  # FILE BEAM: from the model on
            timer = Timer()
            self.open()
            self.load(words[0])
            text = self.transcribe(int(words[1]))
            return timer.ms(), text
        self.open()
        timer = Timer()
        if command == "mel":
            window = self.samples[: 30 * 16000]
            self.mel = self.model.feature_extractor(window)[:, :3000]
            return timer.ms(), ""
        if command == "encode":
            view = self.ct2.StorageView.from_array(
                self.np.ascontiguousarray(self.mel[None].astype(self.np.float32)))
            timer = Timer()
            self.encoded = self.model.model.encode(view, to_cpu=False)
            return timer.ms(), ""
        if command == "decode":
            # What is done once per window is in both and falls out.
            few, n = 8, int(words[0])
            self.generate(few)
            start = timer.ms()
            self.generate(few + n)
            return (timer.ms() - 2 * start) / n, ""
        text = self.transcribe(int(words[0]))
        return timer.ms(), text


def onnx_session(threads, source):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])


class Sound:
    """Reads a clip of 16 kHz."""

    def load(self, path):
        Listen.load(self, path)


class Vad(Sound):
    def __init__(self, threads, path):
        import numpy
        import onnxruntime  # noqa: F401, that it is loaded

        self.np, self.path, self.session = numpy, path, None
        self.threads = 1  # as its own package does

    def do(self, command, words):
        if command == "load":
            self.load(words[0])
            self.session = onnx_session(self.threads, self.path)
            return 0, ""
        np, total = self.np, 0.0
        state, rate = np.zeros((2, 1, 128), np.float32), np.array(16000, np.int64)
        window = np.zeros((1, 576), np.float32)
        timer = Timer()
        for first in range(0, len(self.samples) - 511, 512):
            window[0, :64] = window[0, 512:]
            window[0, 64:] = self.samples[first : first + 512]
            inputs = {"input": window, "state": state, "sr": rate}
            out, state = self.session.run(None, inputs)
            total += float(out[0, 0])
        return timer.ms(), "%.3f" % total


class Speaker(Sound):
    """The network of the speaker encoder as a graph for ONNX runtime, without its features."""

    def __init__(self, threads, path):
        import gguf
        import numpy
        import onnx
        import onnxruntime  # noqa: F401

        self.np, self.onnx, self.gguf = numpy, onnx, gguf
        self.threads, self.path, self.session = threads, path, None

    def build(self):
        np, helper = self.np, self.onnx.helper
        tensors = {t.name: np.array(t.data, np.float32).reshape(list(t.shape)[::-1])
                   for t in self.gguf.GGUFReader(self.path).tensors}
        nodes, values, x = [], [], "x"

        def value(name, array):
            values.append(self.onnx.numpy_helper.from_array(array, name))
            return name

        def order(array):  # i, f, g, o -> i, o, f, c
            i, f, g, o = np.split(array, 4)
            return np.concatenate([i, o, f, g])

        for layer in range(3):
            at = "lstm.%d." % layer
            bias = [order(tensors[at + name]) for name in ("bias_ih", "bias_hh")]
            inputs = [
                x,
                value("w%d" % layer, order(tensors[at + "weight_ih"])[None]),
                value("r%d" % layer, order(tensors[at + "weight_hh"])[None]),
                value("b%d" % layer, np.concatenate(bias)[None]),
            ]
            nodes.append(helper.make_node(
                "LSTM", inputs, ["y%d" % layer, "h%d" % layer], hidden_size=256))
            nodes.append(helper.make_node("Squeeze", ["y%d" % layer, "axis"], ["x%d" % layer]))
            x = "x%d" % layer
        value("axis", np.array([1], np.int64))
        nodes.append(helper.make_node("Squeeze", ["h2", "axis0"], ["last"]))
        value("axis0", np.array([0], np.int64))
        value("linear", tensors["linear.weight"].T.copy())
        value("bias", tensors["linear.bias"])
        nodes.append(helper.make_node("Gemm", ["last", "linear", "bias"], ["z"]))
        nodes.append(helper.make_node("Relu", ["z"], ["embedding"]))
        kind = self.onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            nodes, "ge2e", [helper.make_tensor_value_info("x", kind, [160, "n", 40])],
            [helper.make_tensor_value_info("embedding", kind, ["n", 256])], values)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
        return model.SerializeToString()

    def do(self, command, words):
        if command == "load":
            self.load(words[0])
            self.session = onnx_session(self.threads, self.build())
            return 0, ""
        # Windows of 1.6 s, 77 frames apart; what is in them does not change the time.
        np, n_frames = self.np, len(self.samples) // 160
        n = max(1, (n_frames - 160 + 77 - 1) // 77 + 1)
        x = np.random.default_rng(1).random((160, n, 40), np.float32)
        timer = Timer()
        self.session.run(None, {"x": x})
        return timer.ms(), ""


class Speak:
    def __init__(self, threads, path):
        import numpy
        import onnxruntime  # noqa: F401

        self.np, self.threads, self.path, self.session = numpy, threads, path, None

    def do(self, command, words):
        if command == "symbols":  # as our side read them, with the style it looked up
            n = int(words[0])
            ids = [0] + [int(word) for word in words[1 : n + 1]] + [0]
            style = [float(word) for word in words[n + 1 :]]
            self.inputs = {"tokens": self.np.array([ids], self.np.int64),
                           "style": self.np.array([style], self.np.float32),
                           "speed": self.np.ones(1, self.np.float32)}
            return 0, ""
        if self.session is None:
            self.session = onnx_session(self.threads, self.path)
        timer = Timer()
        (audio,) = self.session.run(None, self.inputs)
        return timer.ms(), "%.4f" % (audio.size / 24000)


class Quantize:
    """SOURCE TARGET TYPE: another format of the same weights, by llama.cpp."""

    def __init__(self, threads):
        import llama_cpp

        self.lib, self.threads = llama_cpp, threads
        self.silent = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.silent, None)

    def do(self, command, words):
        timer, options = Timer(), self.lib.llama_model_quantize_default_params()
        options.ftype = getattr(self.lib, "LLAMA_FTYPE_MOSTLY_" + words[2])
        options.nthread = self.threads
        options.allow_requantize = True
        # Without a mixture: every matrix in the one format.
        options.pure = True
        status = self.lib.llama_model_quantize(
            words[0].encode(), words[1].encode(), ctypes.byref(options))
        if status != 0:
            sys.exit("peer: llama.cpp cannot quantise %s to %s" % (words[0], words[2]))
        return timer.ms(), ""


class Versions:
    NAMES = ("llama_cpp_python", "ctranslate2", "faster-whisper", "onnxruntime")

    def __init__(self, threads):
        pass

    def do(self, command, words):
        from importlib import metadata

        found = {}
        for name in self.NAMES:
            try:
                found[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue
        return 0, json.dumps(found)


KINDS = {"chat": Chat, "listen": Listen, "vad": Vad, "speaker": Speaker, "speak": Speak,
         "quantize": Quantize, "versions": Versions}


def main():
    base = resident_kib()
    peer = KINDS[sys.argv[2]](int(sys.argv[1]), *sys.argv[3:])
    print("ready", flush=True)
    for line in sys.stdin:
        command, *words = line.split()
        if command == "peak":
            kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base
            print("%d" % kib, flush=True)
        else:
            ms, rest = peer.do(command, words)
            print(("%.4f %s" % (ms, rest)).rstrip(), flush=True)


main()
