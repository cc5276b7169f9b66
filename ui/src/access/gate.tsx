import { lazy, Suspense, type ReactNode } from "react";
import { Loading } from "../common/problem";
import { useExternal } from "../state/external";
import { door } from "./held";

const SignIn = lazy(() => import("./sign-in"));

/** The page, or the way to it where the server asks for a token. */
export function Gate({ children }: { children: ReactNode }) {
  const now = useExternal(door);
  if (now.state === "open") return children;
  if (now.state === "entering") return <Loading />;
  return (
    <Suspense fallback={<Loading />}>
      <SignIn why={now.notice} />
    </Suspense>
  );
}
