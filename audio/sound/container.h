/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the bytes of a file tell about its container, where libsndfile keeps silent. Internal to
 * audio/: only reads with pread(), never moves the file position, trusts no length it finds. */

#pragma once

#include <stdbool.h>

/* The name of a container that holds sound which libsndfile does not decode ("MPEG-4", "Matroska or
 * WebM", ...), or NULL. */
const char *audio_container_name_undecodable (int fd);
/* Whether a wav or aiff file is shorter than its chunks say, an ogg stream lacks its last page, or
 * an mp3 file is shorter than its first frame says. A length that stands for "unknown", as programs
 * write into a pipe, is not cut short. */
bool audio_container_is_cut_short (int fd);
