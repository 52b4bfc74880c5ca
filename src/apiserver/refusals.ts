import { badRequest, internalError, StatusError } from "../machinery/errors.ts";
import { escapeMarkup, UndecidedError } from "./authorization/authorizer.ts";
import type { ServerContext } from "./context.ts";
import { plain } from "./health.ts";
import { Overloaded } from "./limit.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import { answerError } from "./respond.ts";
import { UnreadablePath } from "./route.ts";

/** What is answered where handling a request failed: a refusal as it is, whatever else as a fault of the server. */
export function refusalOf(context: ServerContext, request: ApiRequest, error: unknown): ApiResponse {
  if (error instanceof Overloaded) {
    const response = plain(429, "Too many requests, please try again later.\n");
    response.headers["retry-after"] = String(error.retryAfterSeconds);
    return response;
  }
  if (error instanceof StatusError) return answerError(context, request, error);
  if (error instanceof UnreadablePath) {
    const response = plain(500, `${error.message}\n`);
    delete response.headers["cache-control"];
    return response;
  }
  if (error instanceof UndecidedError) {
    const query = request.query.size > 0 ? `?${request.query}` : "";
    const where = JSON.stringify(`${request.path}${query}`);
    return plain(500, `${escapeMarkup(`Internal Server Error: ${where}: ${error.message}`)}\n`);
  }
  // Whatever is nested that deep, nobody needs it.
  if (error instanceof RangeError && error.message.includes("call stack"))
    return answerError(context, request, badRequest("the request is nested too deeply"));
  context.logger.error("a request failed", {
    method: request.method,
    path: request.path,
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return answerError(context, request, internalError(error instanceof Error ? error.message : String(error)));
}

/** Nobody refused the request: the server could not do what it should. */
export function isOwnFailure(error: unknown): boolean {
  return !(
    error instanceof StatusError ||
    error instanceof Overloaded ||
    error instanceof UnreadablePath ||
    error instanceof UndecidedError
  );
}

/** Media types that no route takes or offers are refused before anything is known to warn of. */
export function isOfRouter({ message }: StatusError): boolean {
  return message.startsWith("406: ") || message.startsWith("415: ");
}
