/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/session/drafter.h"

#include <string.h>

/* Before anything is known: so many guesses come true, and each position adds so much to a pass. */
static const double first_hope[2] = { 0.4, 0.7 };
#define POSITION_SHARE 0.1
/* What is new counts by these shares. */
#define LEARN_HOPE 0.15
#define LEARN_TIME 0.25
/* What did not come true is slowly believed in again, and what seemed slow is tried once in so many
 * times that it could be. */
#define FORGIVE 0.02
#define TRY_AGAIN 48

void
llm_drafter_start (LlmDrafter *drafter)
{
  memcpy (drafter->hope, first_hope, sizeof first_hope);
  drafter->n = drafter->at = 0;
}

/* The longest stretch before the end that equals the end, the latest of equals: where it goes on.
 */
static int
find_match (const int *ids, int n, int *length)
{
  int best = 0, best_length = LLM_DRAFT_LEAST - 1;

  for (int end = n - 1; end >= LLM_DRAFT_LEAST && best_length < LLM_DRAFT_MOST; end--) {
    int same = 0;
    while (same < end && same < LLM_DRAFT_MOST && ids[end - 1 - same] == ids[n - 1 - same]
           && ids[n - 1 - same] >= 0)
      same++;
    if (same > best_length) {
      best = end;
      best_length = same;
    }
  }
  *length = best_length;
  return best;
}

/* The number of guesses with which a token takes the least time. */
static int
choose_number (const LlmDrafter *drafter, int most)
{
  const double *pass_us = drafter->pass_us;
  const double hope = drafter->hope[drafter->is_long];
  const double single = pass_us[0] > 0.0 ? pass_us[0] : 1.0;
  double tokens = 1.0, product = 1.0, best_rate = 1.0 / single;
  int best = 0;

  for (int n = 1; n <= most; n++) {
    double us =
        pass_us[n] > 0.0 && pass_us[0] > 0.0 ? pass_us[n] : single * (1.0 + POSITION_SHARE * n);

    product *= hope;
    tokens += product;
    if (tokens / us > best_rate) {
      best = n;
      best_rate = tokens / us;
    }
  }
  return best;
}

int
llm_drafter_propose (LlmDrafter *drafter, const int *ids, int n, int most)
{
  int length, next, n_known;

  drafter->n = drafter->at = 0;
  next = find_match (ids, n, &length);
  if (length < LLM_DRAFT_LEAST)
    return 0;
  drafter->is_long = length >= LLM_DRAFT_LONG;
  for (n_known = 0; n_known < MIN (most, LLM_DRAFT_MAX) && next + n_known < n; n_known++)
    if (ids[next + n_known] < 0)
      break;
  drafter->n = choose_number (drafter, n_known);
  if (drafter->n < n_known) {
    double *hope = &drafter->hope[drafter->is_long];

    *hope += FORGIVE * (first_hope[drafter->is_long] - *hope);
    if (++drafter->n_left_out % TRY_AGAIN == 0)
      drafter->n = n_known;
  }
  memcpy (drafter->ids, ids + next, sizeof (int) * (size_t) drafter->n);
  return drafter->n;
}

void
llm_drafter_took (LlmDrafter *drafter, int n_positions, double microseconds)
{
  double *us = &drafter->pass_us[n_positions - 1];

  /* Whatever takes longer is another program's. */
  if (drafter->pass_us[0] > 0.0 && n_positions > 1)
    microseconds = MIN (microseconds, n_positions * drafter->pass_us[0]);
  *us = *us > 0.0 ? *us + LEARN_TIME * (microseconds - *us) : microseconds;
}

gboolean
llm_drafter_take (LlmDrafter *drafter, int id)
{
  double *hope = &drafter->hope[drafter->is_long];

  if (drafter->at == drafter->n)
    return FALSE;
  if (drafter->ids[drafter->at] == id) {
    *hope += LEARN_HOPE * (1.0 - *hope);
    drafter->at++;
    return TRUE;
  }
  *hope -= LEARN_HOPE * *hope;
  drafter->n = drafter->at = 0;
  return FALSE;
}
