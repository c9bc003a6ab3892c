# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/train rows: learns the rows of the audio blocks for a decoder, which stays as it is."""

import argparse
import os
import pathlib
import sys
import tempfile

import torch
from gguf_writer import F32, GgufWriter

from rows import decoder, examples, training

RECORDINGS_PER_STEP = 2
QUESTIONS_PER_RECORDING = 5
RATE = 1e-3
# The ids whose embeddings the file carries, so that the program can tell whether it has the decoder
# that the rows belong to.
N_PROBES = 16
PROBE_STEP = 997


def write_rows(path, model, rows):
    writer = GgufWriter()
    writer.string("general.architecture", "audio-rows")
    writer.string("audio-rows.decoder", model.name)
    writer.uint32("audio-rows.n_layers", model.n_layers)
    probes = [(i + 1) * PROBE_STEP % len(model.embedding) for i in range(N_PROBES)]
    writer.int32s("audio-rows.probe_ids", probes)
    vectors = rows.vectors().detach().float()
    tensors = {"decoder.probes": model.embed(probes)}
    start = 0
    for block, entries in rows.blocks.items():
        writer.strings("audio-rows.names." + block, [name for name, _ in entries])
        tensors["rows." + block] = vectors[start : start + len(entries)]
        start += len(entries)
    write_tensors(path, writer, tensors)


def write_tensors(path, writer, tensors):
    for name, values in tensors.items():
        writer.tensor(name, tuple(reversed(values.shape)), F32,
                      lambda values=values: values.contiguous().numpy().tobytes())
    with open(path, "wb") as file:
        writer.write(file)


def train(model, prompter, options, is_control):
    system = prompter.ask([{"question": "?"}])[0]["prompt"]
    reading = "log" if is_control else "rows"
    dialogues = examples.make_examples(prompter, "train", options.seed,
                                      options.steps * RECORDINGS_PER_STEP, QUESTIONS_PER_RECORDING,
                                      reading)
    # All prompts begin with the system's turn and the opening of the user's.
    system = system[: examples.common_prefix([system] + [trunk for trunk, _, _ in dialogues])]
    learned = training.Rows(model, prompter)
    if is_control:
        learned = training.SoftPrompt(model, prompter, len(learned.start), len(system))
    trainer = training.Trainer(model, prompter, learned, system)
    unseen = examples.make_examples(prompter, "unseen", options.seed, 6, 5, reading)
    label = "control" if is_control else "rows"
    print("%s: loss on unseen wordings before: %.4f" % (label, trainer.measure(unseen)[0]),
          file=sys.stderr, flush=True)

    def save():
        if not is_control:
            write_rows(options.out, model, learned)
            return
        writer = GgufWriter()
        writer.string("general.architecture", "soft-prompt")
        write_tensors(options.control, writer, {"rows.soft": learned.vectors().detach()})

    trainer.train(dialogues, training.Schedule(options.steps, options.until or options.steps,
                                               RECORDINGS_PER_STEP, options.rate), label, save)
    print("%s: loss on unseen wordings after: %.4f" % (label, trainer.measure(unseen)[0]),
          file=sys.stderr, flush=True)


def main(arguments, usage):
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(prog="tools/train rows", description=usage,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--out", help="the rows; without it, only the control is trained")
    parser.add_argument("--prompt-ids", default=str(root / "build/tools/prompt-ids"))
    parser.add_argument("--steps", type=int, default=48)
    parser.add_argument("--until", type=int, help="stop after so many of the steps")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--control", help="the soft prompt that the rows are compared with")
    options = parser.parse_args(arguments)
    if not options.out and not options.control:
        parser.error("name --out, --control, or both")

    torch.manual_seed(options.seed)
    # Two threads that wait for one another are slower than one where others work too; the control
    # is trained by the other core where both are wanted.
    torch.set_num_threads(1)
    model = decoder.Decoder(options.model)
    child = os.fork() if options.out and options.control else -1
    with tempfile.TemporaryDirectory() as folder:
        prompter = examples.Prompter(options.prompt_ids, options.model, folder)
        train(model, prompter, options, child == 0 or not options.out)
    if child == 0:
        sys.stderr.flush()
        os._exit(0)
    if child > 0 and os.waitpid(child, 0)[1] != 0:
        sys.exit("the control failed")
