/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Keeps other libraries from writing to the user's terminal. Internal to audio/.
 *
 * ALSA and the mp3 decoder print their troubles on stderr and cannot be told not to. Between begin
 * and end, which nest and may be called by any thread, stderr is /dev/null for the whole process:
 * so only around single calls into such a library, never while waiting.
 */

#pragma once

void audio_quiet_begin (void);
void audio_quiet_end (void);
